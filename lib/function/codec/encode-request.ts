import type { Ready } from '../protocol.ts';
import type { RequestData, ResourceData, StateData } from './data.ts';
import { StructWriter } from './struct-writer.ts';

const READY: Readonly<Record<Ready, number>> = { unspecified: 0, true: 1, false: 2 };

/**
 * A `RunFunctionRequest` from plain data, byte-deterministic (keys sorted).
 * @throws ToolkitError `compose` with the field path for what JSON cannot hold.
 */
export function encodeRequest(request: RequestData): Buffer {
  const writer = new StructWriter();
  try {
    writeFields(writer, request);
  } catch (error) {
    writer.release();
    throw error;
  }
  return writer.bytes();
}

function writeFields(writer: StructWriter, request: RequestData): void {
  writeMap(writer, 74, request.requiredSchemas, (schema) => {
    if (schema !== undefined) writeStruct(writer, 10, schema);
  });
  writeMap(writer, 66, request.requiredResources, (items) => writeItems(writer, items));
  writeMap(writer, 58, request.credentials, (data) => {
    const from = writer.size;
    writeBytes(writer, 10, data);
    writer.close(10, from);
  });
  writeMap(writer, 50, request.extraResources, (items) => writeItems(writer, items));
  writer.subject = 'the context';
  if (request.context !== undefined) writeStruct(writer, 42, request.context);
  writer.subject = 'the input';
  if (request.input !== undefined) writeStruct(writer, 34, request.input);
  writeState(writer, 26, request.desired);
  writeState(writer, 18, request.observed);
  writeMeta(writer, request);
}

function writeMeta(writer: StructWriter, { tag = '', capabilities = [] }: RequestData): void {
  if (tag === '' && capabilities.length === 0) return;
  const from = writer.size;
  if (capabilities.length > 0) {
    for (const capability of capabilities.toReversed()) writer.varint(capability);
    writer.close(18, from);
  }
  writer.text(10, tag);
  writer.close(10, from);
}

function writeState(writer: StructWriter, tag: number, state: StateData | undefined): void {
  if (state === undefined) return;
  const from = writer.size;
  writeMap(writer, 18, state.resources, (resource) => writeResource(writer, resource));
  if (state.composite !== undefined) {
    writer.subject = 'the composite';
    const composite = writer.size;
    writeResource(writer, state.composite);
    writer.close(10, composite);
  }
  writer.close(tag, from);
}

function writeResource(writer: StructWriter, resource: ResourceData): void {
  writer.uint(24, READY[resource.ready ?? 'unspecified']);
  writeBytes(writer, 18, resource.connectionDetails ?? new Map());
  writeStruct(writer, 10, resource.object);
}

function writeItems(writer: StructWriter, items: readonly ResourceData[]): void {
  for (const item of items.toReversed()) {
    const from = writer.size;
    writeResource(writer, item);
    writer.close(10, from);
  }
}

function writeStruct(writer: StructWriter, tag: number, object: object): void {
  const from = writer.size;
  writer.struct(object);
  writer.close(tag, from);
}

function writeBytes(writer: StructWriter, tag: number, entries: ReadonlyMap<string, Uint8Array>): void {
  for (const key of [...entries.keys()].sort().reverse()) {
    const from = writer.size;
    writer.blob(18, entries.get(key) as Uint8Array);
    writer.string(10, key);
    writer.close(tag, from);
  }
}

function writeMap<T>(
  writer: StructWriter,
  tag: number,
  entries: ReadonlyMap<string, T> | undefined,
  write: (value: T) => void,
): void {
  if (entries === undefined) return;
  for (const name of [...entries.keys()].sort().reverse()) {
    writer.subject = `resource "${name.toWellFormed()}"`;
    const from = writer.size;
    write(entries.get(name) as T);
    writer.close(18, from);
    writer.string(10, name);
    writer.close(tag, from);
  }
}
