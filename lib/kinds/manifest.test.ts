import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import { getPath } from '../internal/json.ts';
import { NEEDS_RESOLUTION, toPlainJson } from './manifest.ts';

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('toPlainJson() refuses what JSON cannot hold', () => {
  const cases = {
    Date: { in: { a: { at: new Date(0) } }, place: 'a.at', says: 'a Date' },
    Map: { in: { m: new Map() }, place: 'm', says: 'a Map' },
    Set: { in: [new Set()], place: '[0]', says: 'a Set' },
    Buffer: { in: { b: Buffer.from('x') }, place: 'b', says: 'a Buffer' },
    BigInt: { in: { n: 1n }, place: 'n', says: 'a bigint' },
    Function: { in: { list: [1, () => 1] }, place: 'list[1]', says: 'a function' },
    Symbol: { in: { s: Symbol('s') }, place: 's', says: 'a symbol' },
    NaN: { in: { 'odd.key': Number.NaN }, place: '["odd.key"]', says: 'NaN' },
    Infinity: { in: { deep: { 'a/b': -Infinity } }, place: 'deep["a/b"]', says: '-Infinity' },
    UndefinedItem: { in: { list: ['a', undefined] }, place: 'list[1]', says: 'undefined' },
    Hole: { in: { list: new Array(1) }, place: 'list[0]', says: 'undefined' },
    Proto: {
      in: JSON.parse('{"x":{"__proto__":1}}') as unknown,
      place: 'x.__proto__',
      says: 'the key "__proto__"',
    },
  };
  test.for(Object.entries(cases))('%s', ([, tc]) => {
    const error = thrownBy(() => toPlainJson(tc.in, 'Thing "app/thing"'));
    expect(error).toMatchObject({ code: 'invalid', place: tc.place });
    expect((error as Error).message).toBe(
      `Cannot write Thing "app/thing": ${tc.place} is ${tc.says}, which JSON cannot hold`,
    );
  });

  test('a cycle ends at the depth limit', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    const error = thrownBy(() => toPlainJson(loop, 'Thing'));
    expect(isToolkitError(error) && error.code).toBe('limit');
  });

  test('an instance of another class is for cdk8s to resolve', () => {
    class Size {
      readonly amount = 1;
    }
    expect(thrownBy(() => toPlainJson({ size: new Size() }, 'Thing'))).toBe(NEEDS_RESOLUTION);
  });
});

test('toPlainJson() copies, sorts keys, drops undefined and keeps null and empty values', () => {
  const input = { b: 1, a: { d: undefined, c: null }, e: {}, f: [] };
  const out = toPlainJson(input, 'Thing');
  expect(JSON.stringify(out)).toBe('{"a":{"c":null},"b":1,"e":{},"f":[]}');
  expect(getPath(out, ['a'])).not.toBe(input.a);
});

test('toPlainJson() gives any JSON value back, the same text for any key order', () => {
  const noProto = fc.jsonValue({ maxDepth: 5 }).filter((v) => !JSON.stringify(v).includes('__proto__'));
  fc.assert(
    fc.property(noProto, (value) => {
      const out = toPlainJson(value, 'Thing');
      expect(out).toEqual(JSON.parse(JSON.stringify(value)));
      expect(JSON.stringify(toPlainJson(reversed(value), 'Thing'))).toBe(JSON.stringify(out));
    }),
    { seed: 1, numRuns: 300 },
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([k, v]) => [k, reversed(v)]),
  );
}
