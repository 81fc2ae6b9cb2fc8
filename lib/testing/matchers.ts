import { formatIssues } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import { kindOf, listAt, nameOf } from '../render/objects.ts';
import { changedPaths } from '../render/paths.ts';
import { checkRendered } from './check-rendered.ts';
import type { RenderedBlueprint } from './render-blueprint.ts';

/** What a matcher answers. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

/** The part of vitest's matcher state that is used here. */
export interface MatcherContext {
  readonly equals: (a: unknown, b: unknown, testers?: never[]) => boolean;
  readonly utils: { readonly subsetEquality: unknown; readonly iterableEquality: unknown };
}

/** The part of vitest's `expect` that is used here. */
export type ExpectFileSnapshot = (value: string) => {
  toMatchFileSnapshot(path: string, message?: string): Promise<void>;
};

/** Matchers of a {@link RenderedBlueprint}, by the types that a test sees. */
export interface BlueprintMatchers<R = unknown> {
  /** An object of the kind is composed; with a name, that one; with fields, one that has them (as `toMatchObject`). */
  toCompose(kind: string, name?: string | JsonObject, fields?: object): R;
  /** A resource is declared and withheld, because something before it is not ready. `name`: its construct's path. */
  toHoldBack(kind: string, name?: string): R;
  /** All that is composed becomes ready, and the XR with it. */
  toBecomeReady(): R;
  /** Every object passes its kind's schema, is labelled, and holds no credential. */
  toPassItsRules(): R;
  /** The YAML of all objects is that of a file beside the test; `vitest -u` writes it. */
  toMatchGolden(path: string): Promise<void>;
}

type Matchers = {
  readonly [K in keyof BlueprintMatchers]: (
    this: MatcherContext,
    rendered: RenderedBlueprint,
    ...args: Parameters<BlueprintMatchers[K]>
  ) => K extends 'toMatchGolden' ? Promise<MatcherResult> : MatcherResult;
};

/**
 * Matchers for vitest: `expect.extend(blueprintMatchers(expect))` in a test or a setup file. docs/testing.md shows how
 * TypeScript learns of them.
 */
export function blueprintMatchers(expect: ExpectFileSnapshot): Matchers {
  return {
    toCompose(rendered, kind, second, third) {
      const name = typeof second === 'string' ? second : undefined;
      const fields = typeof second === 'string' ? third : (second ?? third);
      return compose(this, rendered, { kind, name, fields });
    },
    toHoldBack(rendered, kind, name) {
      return holdBack(rendered, kind, name);
    },
    toBecomeReady({ ready, result }) {
      const waits = result.waitingFor.map((w) => `${w.path.join(' › ')}: ${w.why}`);
      const rest = result.settled ? [] : ['it never comes to rest'];
      return said(ready, 'it is ready', `it is not ready\n${indent([...rest, ...waits])}`);
    },
    toPassItsRules(rendered) {
      const issues = checkRendered(rendered);
      return said(
        issues.length === 0,
        'every object passes',
        `some objects do not pass\n${indent(formatIssues(issues).split('\n'))}`,
      );
    },
    async toMatchGolden(rendered, path) {
      await expect(rendered.yaml).toMatchFileSnapshot(
        path,
        'what is composed is not what the golden file says',
      );
      return said(true, `it is what "${path}" says`, '');
    },
  };
}

interface Wanted {
  readonly kind: string;
  readonly name: string | undefined;
  readonly fields: object | undefined;
}

function compose(
  context: MatcherContext,
  rendered: RenderedBlueprint,
  { kind, name, fields }: Wanted,
): MatcherResult {
  const wanted = name === undefined ? kind : `${kind}/${name}`;
  const named = rendered.find(kind, name);
  if (named.length === 0) {
    const there = rendered.objects.map((o) => `${kindOf(o)}/${nameOf(o)}`);
    return said(false, '', `no ${wanted} is composed; there are\n${indent(there)}`);
  }
  if (fields === undefined) return said(true, `${wanted} is composed`, '');
  const { subsetEquality, iterableEquality } = context.utils;
  const testers = [iterableEquality, subsetEquality] as never[];
  if (named.some((o) => context.equals(o, fields, testers))) {
    return said(true, `${wanted} is composed with these fields`, '');
  }
  const nearest = named.toSorted((a, b) => differences(a, fields) - differences(b, fields))[0];
  return {
    ...said(false, '', `${wanted} is composed, but not with these fields`),
    actual: pick(nearest, fields),
    expected: fields,
  };
}

/** Only what the test speaks of, so that the difference that is shown is the one that matters. */
function pick(object: unknown, fields: unknown): unknown {
  if (!isRecord(object) || !isRecord(fields)) return object;
  return Object.fromEntries(Object.keys(fields).map((key) => [key, pick(object[key], fields[key])]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const differences = (object: JsonObject, fields: object): number =>
  changedPaths(fields, pick(object, fields)).length;

function holdBack(rendered: RenderedBlueprint, kind: string, name: string | undefined): MatcherResult {
  const components = listAt(rendered.status, 'components').filter((c) => c.kind === kind);
  const wanted = name === undefined ? components : components.filter((c) => c.name === name);
  const what = name === undefined ? kind : `${kind} "${name}"`;
  const held = wanted.filter((c) => c.ready === false && /^waits for /.test(String(c.message)));
  const states = wanted.map((c) => `${String(c.name)}: ${c.ready === true ? 'is ready' : String(c.message)}`);
  const instead =
    wanted.length === 0 ? `no ${what} is declared` : `${what} is not withheld\n${indent(states)}`;
  return said(held.length > 0, `${what} is withheld: ${String(held[0]?.message)}`, instead);
}

/** A sentence for either case: the message is shown when the test wanted the other one. */
function said(pass: boolean, yes: string, no: string): MatcherResult {
  return { pass, message: () => (pass ? yes : no) };
}

const indent = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join('\n');
