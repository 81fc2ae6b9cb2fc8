import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decodeRequest } from '../function/codec/index.ts';
import { createRouter, createRunner } from '../function/host/index.ts';
import type { ComposeFunction } from '../function/protocol.ts';
import { composition, configMap, input, resources, step } from './fixtures/build.ts';
import { addressFunction, hostFunction, requestTag } from './function.ts';
import { EMPTY_STATE, type RunRequest } from './model.ts';
import { renderComposite } from './reconcile.ts';

const request: RunRequest = {
  tag: 'anything',
  capabilities: [1],
  observed: EMPTY_STATE,
  desired: EMPTY_STATE,
  input: undefined,
  context: {},
  requiredResources: new Map(),
  extraResources: new Map(),
  requiredSchemas: new Map(),
  credentials: new Map(),
};

test('requestTag() hashes the request without its meta', () => {
  // observed (2), desired (3) and context (5): three empty messages.
  const bytes = Buffer.from([0x12, 0, 0x1a, 0, 0x2a, 0]);
  expect(requestTag(request)).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(requestTag({ ...request, tag: 'other', capabilities: [] })).toBe(requestTag(request));
  expect(requestTag({ ...request, context: { a: 1 } })).not.toBe(requestTag(request));
});

describe('addressFunction()', () => {
  test('sends the request whole and reads a response that another SDK wrote', async () => {
    // desired{resources{"a": {resource{"kind": "A"}, ready: TRUE}}}, results[{WARNING, "w"}], written by hand.
    const kind = [0x0a, 4, ...Buffer.from('kind'), 0x12, 3, 0x1a, 1, 0x41];
    const struct = [0x0a, kind.length, ...kind];
    const resource = [0x0a, struct.length, ...struct, 0x18, 1];
    const entry = [0x0a, 1, 0x61, 0x12, resource.length, ...resource];
    const state = [0x12, entry.length, ...entry];
    const answer = Buffer.from([0x12, state.length, ...state, 0x1a, 5, 0x08, 2, 0x12, 1, 0x77]);
    let seen: ReturnType<typeof decodeRequest> | undefined;
    const fn = addressFunction({
      async runBytes(bytes) {
        seen = decodeRequest(bytes);
        return answer;
      },
    });
    const response = await fn.call(
      { ...request, requiredResources: new Map([['gone', undefined]]) },
      new AbortController().signal,
    );
    expect(response.desired?.resources.get('a')).toMatchObject({ object: { kind: 'A' }, ready: 'true' });
    expect(response.results).toEqual([{ severity: 'warning', message: 'w' }]);
    expect([response.context, response.requirements, response.ttlSeconds]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([seen?.tag, seen?.capabilities]).toEqual(['anything', [1]]);
    expect(seen?.requiredResources.get('gone'), 'looked for and not there').toEqual([]);
  });
});

describe('hostFunction()', () => {
  const runner = createRunner({
    router: createRouter([]),
  });
  test('lets the host route by the step’s input', async () => {
    const result = await renderComposite(input({ fn: hostFunction(runner) }));
    expect(result.failure).toMatchObject({ step: 'fn', result: true });
  });

  test('is not called once the render was stopped', async () => {
    const stopped = input({ fn: hostFunction(runner) }, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(renderComposite(stopped)).rejects.toThrow('enough');
  });
});

describe('inProcessFunction()', () => {
  test('passes everything through the codec', async () => {
    const compose: ComposeFunction = (r) => ({
      resources: resources(
        { a: configMap(), b: configMap('b', { data: { n: 'on', list: [1, null, 'x'] } }) },
        'true',
      ),
      removed: ['gone'],
      composite: { status: { seen: [...r.requiredResources.keys()] } },
      requirements: { resources: { env: { apiVersion: 'v1', kind: 'ConfigMap', matchName: 'env' } } },
      context: { from: r.input?.who ?? 'nobody' },
      conditions: [{ type: 'Mine', status: 'True', reason: 'Yes', message: 'fine' }],
      results: [{ severity: 'warning', message: 'careful', reason: 'Because' }],
    });
    const first = {
      resources: resources({ gone: configMap(), kept: configMap() }),
      composite: { status: { before: 1, seen: 'replaced' } },
    };
    const result = await renderComposite(
      input(
        { first, fn: compose },
        {
          composition: composition(
            step('first'),
            step('fn', { input: { apiVersion: 'x/v1', kind: 'I', who: 'me' } }),
          ),
          required: [configMap('env')],
          context: { before: true },
        },
      ),
    );
    expect(result.composed.map((c) => [c.name, c.ready])).toEqual([
      ['a', true],
      ['b', true],
      ['kept', false],
    ]);
    expect(result.composed[1]?.object.data).toEqual({ n: 'on', list: [1, null, 'x'] });
    expect(result.composite.status).toMatchObject({ before: 1, seen: ['env'] });
    expect(result.context).toEqual({ before: true, from: 'me' });
    expect(result.ttlSeconds, 'the host’s default').toBe(600);
    expect(result.events.at(1)).toMatchObject({ type: 'Warning', reason: 'Because' });
  });

  test.for([
    [
      'a throw',
      () => {
        throw new Error('boom');
      },
      /fatal result: boom/,
    ],
    [
      'what JSON cannot hold',
      () => ({ resources: resources({ a: configMap('a', { data: { when: Number.NaN } }) }) }),
      /fatal result: .*data\.when/,
    ],
  ] as const)('%s is a FATAL result', async ([, fn, want]) => {
    const { failure } = await renderComposite(input({ fn }));
    expect(failure).toMatchObject({ step: 'fn', result: true, message: expect.stringMatching(want) });
  });
});
