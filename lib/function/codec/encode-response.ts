import { ToolkitError } from '../../errors.ts';
import type { Json, JsonObject } from '../../internal/json.ts';
import type {
  DesiredResource,
  FunctionCondition,
  FunctionRequest,
  FunctionResponse,
  FunctionResult,
  Ready,
  ResourceSelector,
  ResultTarget,
  SchemaSelector,
  Severity,
} from '../protocol.ts';
import { DEFAULT_LIMITS, MAX_MESSAGE_BYTES } from './limits.ts';
import { EMPTY_SLICE, type Slice } from './reader.ts';
import { asLazy, type LazyRequest, type LazyResource, LazyState } from './request-view.ts';
import { StructReader } from './struct-reader.ts';
import { EncodedValue, StructParts, StructWriter } from './struct-writer.ts';

export interface EncodeResponseOptions {
  /** Written when the response names no ttl. Seconds. */
  readonly defaultTtlSeconds: number;
  /** Larger responses are refused: Crossplane's client takes no more than 4 MiB. @default 4 MiB */
  readonly maxBytes?: number;
}

const READY: Readonly<Record<Ready, number>> = { unspecified: 0, true: 1, false: 2 };
const SEVERITY: Readonly<Record<Severity, number>> = { fatal: 1, warning: 2, normal: 3 };
const TARGET: Readonly<Record<ResultTarget, number>> = { composite: 1, 'composite-and-claim': 2 };
const STATUS: Readonly<Record<FunctionCondition['status'], number>> = { Unknown: 1, True: 2, False: 3 };

/**
 * A `RunFunctionResponse`, in one pass and byte-deterministic. The tag is copied; desired resources, composite and
 * context that the response does not mention are spliced as the bytes they came in.
 * @throws ToolkitError `compose` with resource and field path for what JSON cannot hold; `limit` when too large.
 */
export function encodeResponse(
  request: FunctionRequest,
  response: FunctionResponse,
  options: EncodeResponseOptions,
): Buffer {
  const lazy = asLazy(request);
  const writer = new StructWriter();
  try {
    writeOutput(writer, response.output);
    writeConditions(writer, response.conditions ?? []);
    writeRequirements(writer, response.requirements);
    writeContext(writer, lazy, response.context);
    writeResults(writer, response.results ?? []);
    writeDesired(writer, lazy, response);
    writeMeta(writer, lazy.tag, response.ttlSeconds ?? options.defaultTtlSeconds);
  } catch (error) {
    writer.release();
    throw error;
  }
  const bytes = writer.bytes();
  const maxBytes = options.maxBytes ?? MAX_MESSAGE_BYTES;
  if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes, lazy, response);
  return bytes;
}

/** Types do not reach authors who write JavaScript: an unknown word must not become "unspecified" in silence. */
function numberOf<K extends string>(
  words: Readonly<Record<K, number>>,
  word: K,
  writer: StructWriter,
): number {
  if (Object.hasOwn(words, word)) return words[word];
  const known = Object.keys(words).join(', ');
  throw new ToolkitError('compose', `Cannot encode ${writer.subject}: "${word}" is none of ${known}`);
}

function writeMeta(writer: StructWriter, tag: string, ttlSeconds: number): void {
  if (!Number.isFinite(ttlSeconds) || ttlSeconds < 0 || ttlSeconds > 315_576_000_000) {
    throw new ToolkitError('compose', `Cannot encode the response: ttlSeconds is ${ttlSeconds}`);
  }
  const from = writer.size;
  let seconds = Math.floor(ttlSeconds);
  let nanos = Math.round((ttlSeconds - seconds) * 1e9);
  if (nanos === 1e9) {
    seconds += 1;
    nanos = 0;
  }
  writer.uint(16, nanos);
  writer.uint(8, seconds);
  writer.close(18, from);
  writer.text(10, tag);
  writer.close(10, from);
}

function writeOutput(writer: StructWriter, output: JsonObject | undefined): void {
  if (output === undefined) return;
  writer.subject = 'the output';
  const from = writer.size;
  writer.struct(output);
  writer.close(58, from);
}

function writeConditions(writer: StructWriter, conditions: readonly FunctionCondition[]): void {
  for (const condition of conditions.toReversed()) {
    writer.subject = `condition "${condition.type}"`;
    const from = writer.size;
    if (condition.target !== undefined) writer.uint(40, numberOf(TARGET, condition.target, writer));
    if (condition.message !== undefined) writer.string(34, condition.message.toWellFormed());
    writer.text(26, condition.reason);
    writer.uint(16, numberOf(STATUS, condition.status, writer));
    writer.text(10, condition.type);
    writer.close(50, from);
  }
}

function writeResults(writer: StructWriter, results: readonly FunctionResult[]): void {
  writer.subject = 'a result';
  for (const result of results.toReversed()) {
    const from = writer.size;
    if (result.target !== undefined) writer.uint(32, numberOf(TARGET, result.target, writer));
    if (result.reason !== undefined) writer.string(26, result.reason.toWellFormed());
    writer.text(18, result.message.toWellFormed());
    writer.uint(8, numberOf(SEVERITY, result.severity, writer));
    writer.close(26, from);
  }
}

function writeContext(writer: StructWriter, request: LazyRequest, context: JsonObject | undefined): void {
  const passed = request.contextSlice;
  const from = writer.size;
  if (context === undefined || Object.keys(context).length === 0) {
    if (passed === undefined) return;
    writer.slice(passed);
  } else {
    writer.subject = 'the context';
    writer.struct(merged(passed, context));
  }
  writer.close(34, from);
}

/** The fields of a Struct's bytes, undecoded, with those of `own` put over them. */
function merged(passed: Slice | undefined, own: object): StructParts {
  const parts = new StructParts();
  new StructReader(passed ?? EMPTY_SLICE, DEFAULT_LIMITS).eachField((key, value) => {
    parts.set(key, new EncodedValue(value));
  });
  for (const [key, value] of own instanceof Map ? own : Object.entries(own)) {
    if (value !== undefined) parts.set(key, value);
  }
  return parts;
}

function writeRequirements(writer: StructWriter, requirements: FunctionResponse['requirements']): void {
  // Present but empty is not the same as absent: Crossplane 2.3 would call once more.
  const from = writer.size;
  writeSelectors(writer, 26, requirements?.schemas ?? {}, writeSchemaSelector);
  writeSelectors(writer, 18, requirements?.resources ?? {}, writeResourceSelector);
  if (writer.size > from) writer.close(42, from);
}

function writeSelectors<T>(
  writer: StructWriter,
  tag: number,
  selectors: Readonly<Record<string, T>>,
  write: (writer: StructWriter, selector: T) => void,
): void {
  for (const name of Object.keys(selectors).sort().reverse()) {
    writer.subject = `requirement "${name}"`;
    const from = writer.size;
    write(writer, selectors[name] as T);
    writer.close(18, from);
    writer.string(10, name);
    writer.close(tag, from);
  }
}

function writeSchemaSelector(writer: StructWriter, selector: SchemaSelector): void {
  writer.text(18, selector.kind);
  writer.text(10, selector.apiVersion);
}

function writeResourceSelector(writer: StructWriter, selector: ResourceSelector): void {
  const { matchName, matchLabels } = selector;
  if (matchName !== undefined && matchLabels !== undefined) {
    throw new ToolkitError(
      'compose',
      `Cannot encode ${writer.subject}: it has both matchName and matchLabels`,
    );
  }
  if (selector.namespace !== undefined) writer.string(42, selector.namespace);
  if (matchLabels !== undefined) {
    const from = writer.size;
    for (const key of Object.keys(matchLabels).sort().reverse()) {
      const entry = writer.size;
      writer.string(18, matchLabels[key] as string);
      writer.string(10, key);
      writer.close(10, entry);
    }
    writer.close(34, from);
  }
  if (matchName !== undefined) writer.string(26, matchName);
  writer.text(18, selector.kind);
  writer.text(10, selector.apiVersion);
}

function writeDesired(writer: StructWriter, request: LazyRequest, response: FunctionResponse): void {
  const { desired } = request;
  const own = response.resources ?? NO_RESOURCES;
  const removed = response.removed ?? [];
  const from = writer.size;
  if (own.size === 0 && removed.length === 0 && response.composite === undefined) {
    if (!(desired instanceof LazyState)) return;
    writer.slice(desired.slice);
  } else {
    writeResources(writer, desired.resources as ReadonlyMap<string, LazyResource>, own, removed);
    writeComposite(writer, request, response.composite);
  }
  writer.close(18, from);
}

const NO_RESOURCES: ReadonlyMap<string, DesiredResource> = new Map();

function writeResources(
  writer: StructWriter,
  passed: ReadonlyMap<string, LazyResource>,
  own: ReadonlyMap<string, DesiredResource>,
  removed: readonly string[],
): void {
  const names = new Set([...passed.keys(), ...own.keys()]);
  for (const name of removed) if (!own.has(name)) names.delete(name);
  for (const name of [...names].sort().reverse()) {
    const from = writer.size;
    const resource = own.get(name);
    if (resource === undefined) writer.slice((passed.get(name) as LazyResource).slice);
    else {
      writer.subject = `resource "${name.toWellFormed()}"`;
      writeResource(writer, resource.object, resource.ready, resource.connectionDetails);
    }
    writer.close(18, from);
    writer.string(10, name);
    writer.close(18, from);
  }
}

function writeResource(
  writer: StructWriter,
  object: object,
  ready: Ready | undefined,
  details: ReadonlyMap<string, Uint8Array> | undefined,
): void {
  writer.uint(24, numberOf(READY, ready ?? 'unspecified', writer));
  for (const key of [...(details?.keys() ?? [])].sort().reverse()) {
    const entry = writer.size;
    writer.blob(18, details?.get(key) as Uint8Array);
    writer.string(10, key);
    writer.close(18, entry);
  }
  const from = writer.size;
  writer.struct(object);
  writer.close(10, from);
}

function writeComposite(
  writer: StructWriter,
  request: LazyRequest,
  composite: FunctionResponse['composite'],
): void {
  const passed = request.desired.composite as LazyResource | undefined;
  if (composite === undefined && passed === undefined) return;
  const from = writer.size;
  if (composite === undefined) writer.slice((passed as LazyResource).slice);
  else {
    writer.subject = 'the composite';
    const details = new Map([...(passed?.connectionDetails ?? []), ...(composite.connectionDetails ?? [])]);
    writeResource(
      writer,
      compositeFields(request, passed, composite.status),
      composite.ready ?? passed?.ready,
      details,
    );
  }
  writer.close(10, from);
}

/** Status keys that this function sets replace those of earlier functions; all others pass through undecoded. */
function compositeFields(
  request: LazyRequest,
  passed: LazyResource | undefined,
  status: JsonObject | undefined,
): StructParts {
  const parts = merged(passed?.struct, {});
  for (const field of ['apiVersion', 'kind']) {
    const value: Json | undefined = request.observed.composite?.get(field);
    if (!parts.has(field) && value !== undefined) parts.set(field, value);
  }
  if (status !== undefined) {
    const before = parts.get('status');
    const at = before instanceof EncodedValue ? structIn(before.slice) : undefined;
    parts.set('status', merged(at, status));
  }
  return parts;
}

function structIn(value: Slice): Slice | undefined {
  return new StructReader(value, DEFAULT_LIMITS).structSlice();
}

const NAMED_IN_ERROR = 5;

function tooLarge(size: number, max: number, request: LazyRequest, response: FunctionResponse): ToolkitError {
  const sizes: { name: string; size: number }[] = [];
  const removed = new Set(response.removed);
  for (const [name, view] of request.desired.resources) {
    const { start, end } = (view as LazyResource).slice;
    if (!response.resources?.has(name) && !removed.has(name)) sizes.push({ name, size: end - start });
  }
  for (const [name, resource] of response.resources ?? []) {
    const writer = new StructWriter();
    writer.struct(resource.object);
    sizes.push({ name, size: writer.size });
    writer.release();
  }
  sizes.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
  const largest = sizes.slice(0, NAMED_IN_ERROR).map((s) => `"${s.name.slice(0, 100)}" ${s.size}`);
  return new ToolkitError(
    'limit',
    `Cannot send the response: ${size} bytes are more than ${max}; the largest of ${sizes.length} resources: ${largest.join(', ')}`,
    { remedy: 'Compose fewer objects in one XR, or nested XRs' },
  );
}
