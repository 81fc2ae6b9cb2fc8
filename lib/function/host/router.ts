import { isObject, type JsonObject } from '../../internal/json.ts';
import {
  STEP_INPUT_API_VERSION as INPUT_API_VERSION,
  STEP_INPUT_KIND as INPUT_KIND,
} from '../../model/names.ts';
import { editDistance } from '../../schema/did-you-mean.ts';
import type { ComposeFunction } from '../protocol.ts';

export { INPUT_API_VERSION, INPUT_KIND };

export type ServedKind = 'blueprint' | 'function';

/** What a Composition's pipeline step says it wants. */
export interface StepInput {
  readonly kind: ServedKind;
  readonly name: string;
  readonly version: string;
  /** The compiled Blueprint's layer, for a host that does not carry it. */
  readonly bundle?: { readonly repository: string; readonly digest: string };
  /** What a handler of another SDK sees as its own input. */
  readonly input?: JsonObject;
}

/** A compose function and what it is called in answers, logs and metrics. */
export interface Served {
  readonly name: string;
  readonly version: string;
  readonly compose: ComposeFunction;
}

/** Why a step cannot be served: becomes a FATAL result, never a gRPC error. */
export interface Refusal {
  readonly fatal: string;
}

/** Where what happens out of a call's sight is counted. */
export interface Meter {
  /** Adds to the host's metric of that name, which begins to be with its first count. Label values must be few. */
  count(name: string, help: string, labels: Readonly<Record<string, string>>, by?: number): void;
}

export interface Router {
  /** Finds the compose function that a step names. */
  resolve(input: StepInput): Served | Refusal | Promise<Served | Refusal>;
  /** Called once, before the first call, by a host that has metrics. */
  meter?(meter: Meter): void;
}

/** A compose function that the host carries from its start. */
export interface Handler extends Served {
  /** @default blueprint */
  readonly kind?: ServedKind;
}

const MAX_LISTED = 20; // names in one message
const MAX_QUOTED = 100; // characters of a name that a peer chose

/** Reads a step's input; says what is wrong with it otherwise. */
export function parseStepInput(input: JsonObject | undefined): StepInput | Refusal {
  if (input === undefined) return malformed('the pipeline step has no input');
  if (input.apiVersion !== INPUT_API_VERSION || input.kind !== INPUT_KIND) {
    return malformed(`the step's input is ${quote(input.apiVersion)} ${quote(input.kind)}`);
  }
  const { blueprint, function: fn, version, bundle, input: own } = input;
  if ((blueprint === undefined) === (fn === undefined)) {
    return malformed('the step names not exactly one of "blueprint" and "function"');
  }
  const name = blueprint ?? fn;
  if (typeof name !== 'string' || name === '') return malformed('the name in the step is not a string');
  if (typeof version !== 'string' || version === '') return malformed('"version" is missing in the step');
  if (own !== undefined && !isObject(own)) return malformed('"input" in the step is not an object');
  const at = parseBundle(bundle);
  if (at !== undefined && 'fatal' in at) return at;
  return {
    kind: blueprint === undefined ? 'function' : 'blueprint',
    name,
    version,
    ...(at === undefined ? {} : { bundle: at }),
    ...(own === undefined ? {} : { input: own }),
  };
}

function parseBundle(bundle: unknown): StepInput['bundle'] | Refusal {
  if (bundle === undefined) return undefined;
  if (!isObject(bundle) || typeof bundle.repository !== 'string' || typeof bundle.digest !== 'string') {
    return malformed('"bundle" in the step needs "repository" and "digest"');
  }
  return { repository: bundle.repository, digest: bundle.digest };
}

function malformed(state: string): Refusal {
  return {
    fatal: `Cannot compose: ${state} (expected apiVersion ${INPUT_API_VERSION}, kind ${INPUT_KIND}, blueprint or function, version)`,
  };
}

function quote(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, MAX_QUOTED)}"` : 'nothing';
}

/** Serves a fixed set of handlers; several versions of one Blueprint may stand side by side. */
export function createRouter(handlers: Iterable<Handler>): Router {
  const served = new Map<string, Map<string, Handler>>();
  for (const handler of handlers) {
    const key = `${handler.kind ?? 'blueprint'} ${handler.name}`;
    const versions = served.get(key) ?? new Map<string, Handler>();
    served.set(key, versions.set(handler.version, handler));
  }
  return {
    resolve({ kind, name, version }): Served | Refusal {
      const versions = served.get(`${kind} ${name}`);
      if (versions === undefined) return { fatal: unknownName(kind, name, [...served.keys()]) };
      return versions.get(version) ?? { fatal: unknownVersion(kind, name, version, [...versions.keys()]) };
    },
  };
}

function unknownName(kind: ServedKind, name: string, keys: readonly string[]): string {
  const names = keys.filter((k) => k.startsWith(`${kind} `)).map((k) => k.slice(kind.length + 1));
  const near = nearest(name, names);
  const hint = near === undefined ? '' : `, did you mean "${near}"?`;
  return `Cannot compose: ${kind} ${quote(name)} is not served here${hint} (served: ${list(names)})`;
}

function unknownVersion(
  kind: ServedKind,
  name: string,
  version: string,
  versions: readonly string[],
): string {
  return `Cannot compose: ${kind} "${name}" is not served in version ${quote(version)} (served: ${list(versions)})`;
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.toSorted().slice(0, MAX_LISTED).join(', ');
  return names.length > MAX_LISTED ? `${shown} and ${names.length - MAX_LISTED} more` : shown;
}

/** The name that differs least, if it differs little enough to be a slip. */
function nearest(name: string, names: readonly string[]): string | undefined {
  if (name.length > MAX_QUOTED) return undefined;
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}
