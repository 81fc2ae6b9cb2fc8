import { Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import type { CallHandler, ServerCall } from '../grpc/index.ts';
import { fileDescriptor, type ProtoFile } from './descriptor.ts';
import { DURATION, HEALTH, RUN_FUNCTION, STRUCT } from './proto-text.ts';

const STRUCT_FILE = 'google/protobuf/struct.proto';
const DURATION_FILE = 'google/protobuf/duration.proto';
const NOT_FOUND = 5; // gRPC's code
const MAX_QUESTIONS = 1000; // of one stream

function runFunction(version: 'v1' | 'v1beta1'): ProtoFile {
  const name = `proto/fn/${version}/run_function.proto`;
  return {
    name,
    package: `apiextensions.fn.proto.${version}`,
    imports: [DURATION_FILE, STRUCT_FILE],
    text: RUN_FUNCTION,
  };
}

const FILES: readonly ProtoFile[] = [
  runFunction('v1'),
  runFunction('v1beta1'),
  { name: 'grpc/health/v1/health.proto', package: 'grpc.health.v1', imports: [], text: HEALTH },
  { name: STRUCT_FILE, package: 'google.protobuf', imports: [], text: STRUCT },
  { name: DURATION_FILE, package: 'google.protobuf', imports: [], text: DURATION },
];

/** What reflection lists; the reflection services themselves are not described. */
const SERVICES = [
  'apiextensions.fn.proto.v1.FunctionRunnerService',
  'apiextensions.fn.proto.v1beta1.FunctionRunnerService',
  'grpc.health.v1.Health',
] as const;

/** `grpc.reflection.v1` and `v1alpha` carry the same bytes. */
export const REFLECTION_PATHS = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
] as const;

/** Answers what a client such as grpcurl asks of the host's services. */
export function reflect(call: ServerCall): CallHandler {
  let asked = 0;
  return {
    message(question) {
      if (++asked > MAX_QUESTIONS) call.end();
      else call.send(answerTo(question));
    },
    end: () => call.end(),
  };
}

/** The answer to one ServerReflectionRequest. Malformed bytes are answered as a question that nobody knows. */
export function answerTo(question: Buffer): Buffer {
  const writer = new Writer();
  let asked: { readonly field: number; readonly text: string };
  try {
    asked = parseQuestion(question);
  } catch {
    asked = { field: 0, text: '' };
  }
  const files = filesFor(asked.field, asked.text);
  if (asked.field === 7) listServices(writer);
  else if (files.length > 0) {
    const from = writer.size;
    for (const file of files.toReversed()) writer.blob(10, fileDescriptor(file));
    writer.close(34, from);
  } else {
    const from = writer.size;
    writer.string(18, 'not found');
    writer.uint(8, NOT_FOUND);
    writer.close(58, from);
  }
  writer.blob(18, question); // original_request
  return writer.bytes();
}

function parseQuestion(question: Buffer): { readonly field: number; readonly text: string } {
  const reader = new Reader({ buf: question, start: 0, end: question.length });
  let found = { field: 0, text: '' };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    const field = Math.floor(tag / 8);
    if (tag % 8 === 2 && [3, 4, 7].includes(field)) found = { field, text: reader.text() };
    else reader.skip(tag);
  }
  return found;
}

/** By file name (3) or by a symbol in it (4). */
function filesFor(field: number, text: string): readonly ProtoFile[] {
  if (field === 3) return FILES.filter((f) => f.name === text);
  if (field !== 4) return [];
  return FILES.filter((f) => {
    const symbol = text.startsWith(`${f.package}.`)
      ? text.slice(f.package.length + 1).split('.')[0]
      : undefined;
    return (
      symbol !== undefined &&
      new RegExp(`^(?:message|enum|service) ${symbol.replace(/\W/g, '')}(?: |$)`, 'm').test(f.text)
    );
  });
}

function listServices(writer: Writer): void {
  const from = writer.size;
  for (const name of SERVICES.toReversed()) {
    const inner = writer.size;
    writer.string(10, name);
    writer.close(10, inner);
  }
  writer.close(50, from);
}
