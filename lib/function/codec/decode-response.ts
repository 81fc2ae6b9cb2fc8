import type { JsonObject } from '../../internal/json.ts';
import type { FunctionCondition, ResourceSelector, ResultTarget, SchemaSelector } from '../protocol.ts';
import type { RequirementsData, ResourceData, ResponseData, ResultData } from './data.ts';
import { type CodecLimits, DEFAULT_LIMITS } from './limits.ts';
import { joinSlices, Reader, type Slice, toBuffer } from './reader.ts';
import { type LazyResource, LazyState } from './request-view.ts';
import { readEntry, StructReader } from './struct-reader.ts';
import { WireError } from './wire-error.ts';

const SEVERITY: readonly ResultData['severity'][] = ['unspecified', 'fatal', 'warning', 'normal'];
const TARGET: readonly (ResultTarget | undefined)[] = [undefined, 'composite', 'composite-and-claim'];
// Crossplane shows an unspecified status as Unknown.
const STATUS: readonly FunctionCondition['status'][] = ['Unknown', 'Unknown', 'True', 'False'];

/**
 * A `RunFunctionResponse` as plain data, whole.
 * @throws ToolkitError `invalid` for malformed bytes, `limit` when a bound is exceeded.
 */
export function decodeResponse(bytes: Uint8Array, limits: Partial<CodecLimits> = {}): ResponseData {
  const all = { ...DEFAULT_LIMITS, ...limits };
  if (bytes.length > all.maxBytes) {
    throw new WireError('limit', `${bytes.length} bytes are more than ${all.maxBytes}`);
  }
  const buf = toBuffer(bytes);
  const message = new Message({ buf, start: 0, end: buf.length }, all);
  const meta = message.child(1);
  const requirements = message.child(5);
  return {
    tag: meta?.text(1) ?? '',
    ttlSeconds: readTtl(meta?.child(2)),
    desired: readDesired(message.one(2), all),
    results: message.all(3).map((at) => readResult(new Message(at, all))),
    context: message.struct(4),
    requirements: requirements === undefined ? undefined : readRequirements(requirements, all),
    conditions: message.all(6).map((at) => readCondition(new Message(at, all))),
    output: message.struct(7),
  };
}

/** The fields of one message: slices of the length-delimited ones, numbers of the others. */
class Message {
  private readonly limits: CodecLimits;
  private readonly slices = new Map<number, Slice[]>();
  private readonly numbers = new Map<number, number>();

  constructor(slice: Slice, limits: CodecLimits) {
    this.limits = limits;
    const reader = new Reader(slice);
    while (reader.pos < reader.end) {
      const tag = reader.tag();
      const field = Math.floor(tag / 8);
      if (tag % 8 === 0) this.numbers.set(field, reader.varint());
      else if (tag % 8 === 2) this.add(field, reader.slice());
      else reader.skip(tag);
    }
  }

  private add(field: number, slice: Slice): void {
    const found = this.slices.get(field);
    if (found === undefined) this.slices.set(field, [slice]);
    else if (found.length < this.limits.maxEntries) found.push(slice);
    else throw new WireError('limit', `a field occurs more than ${this.limits.maxEntries} times`);
  }

  all(field: number): readonly Slice[] {
    return this.slices.get(field) ?? [];
  }

  one(field: number): Slice | undefined {
    return joinSlices(this.all(field));
  }

  child(field: number): Message | undefined {
    const at = this.one(field);
    return at === undefined ? undefined : new Message(at, this.limits);
  }

  struct(field: number): JsonObject | undefined {
    const at = this.one(field);
    return at === undefined ? undefined : new StructReader(at, this.limits).readStruct();
  }

  number(field: number): number {
    return this.numbers.get(field) ?? 0;
  }

  text(field: number): string | undefined {
    const at = this.all(field).at(-1);
    return at === undefined ? undefined : Reader.textOf(at);
  }
}

function readTtl(duration: Message | undefined): number | undefined {
  return duration === undefined ? undefined : duration.number(1) + duration.number(2) / 1e9;
}

function readDesired(at: Slice | undefined, limits: CodecLimits): ResponseData['desired'] {
  if (at === undefined) return { composite: undefined, resources: new Map() };
  const state = new LazyState(at, limits);
  const resources = new Map([...state.resources].map(([name, view]) => [name, readResource(view)]));
  return { composite: state.composite && readResource(state.composite), resources };
}

function readResource(view: LazyResource): ResourceData {
  return { object: view.object, ready: view.ready, connectionDetails: view.connectionDetails };
}

function readResult(message: Message): ResultData {
  return {
    severity: SEVERITY[message.number(1)] ?? 'unspecified',
    message: message.text(2) ?? '',
    ...optional('reason', message.text(3)),
    ...optional('target', TARGET[message.number(4)]),
  };
}

function readCondition(message: Message): FunctionCondition {
  return {
    type: message.text(1) ?? '',
    status: STATUS[message.number(2)] ?? 'Unknown',
    reason: message.text(3) ?? '',
    ...optional('message', message.text(4)),
    ...optional('target', TARGET[message.number(5)]),
  };
}

function readRequirements(message: Message, limits: CodecLimits): RequirementsData {
  const selectors = <T>(field: number, read: (m: Message) => T): Map<string, T> =>
    new Map(
      message.all(field).map((at) => {
        const { key, value } = readEntry(at);
        return [key, read(new Message(value, limits))];
      }),
    );
  return {
    extraResources: selectors(1, readResourceSelector),
    resources: selectors(2, readResourceSelector),
    schemas: selectors(3, readSchemaSelector),
  };
}

function readSchemaSelector(message: Message): SchemaSelector {
  return { apiVersion: message.text(1) ?? '', kind: message.text(2) ?? '' };
}

function readResourceSelector(message: Message): ResourceSelector {
  const labels = message.child(4);
  return {
    ...readSchemaSelector(message),
    ...optional('matchName', message.text(3)),
    ...optional('matchLabels', labels && readLabels(labels)),
    ...optional('namespace', message.text(5)),
  };
}

function readLabels(message: Message): Readonly<Record<string, string>> {
  const labels = message.all(1).map((at): [string, string] => {
    const { key, value } = readEntry(at);
    return [key, Reader.textOf(value)];
  });
  return Object.fromEntries(labels);
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
