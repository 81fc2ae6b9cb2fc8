import { createRequire } from 'node:module';
import { Client, credentials } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { encodeRequest } from '../codec/index.ts';
import { Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { createHost } from '../index.ts';
import { passBytes } from '../services.ts';
import { answerTo, REFLECTION_PATHS } from './service.ts';

// grpc-js' own: somebody else's protobuf library judges our descriptors.
interface ProtoLoader {
  loadFileDescriptorSetFromBuffer(set: Buffer, options: object): Record<string, object>;
}
const { loadFileDescriptorSetFromBuffer } = createRequire(
  createRequire(import.meta.url).resolve('@grpc/grpc-js'),
)('@grpc/proto-loader') as ProtoLoader;

function ask(field: number, text: string): Buffer {
  const writer = new Writer();
  writer.string(field * 8 + 2, text);
  return writer.bytes();
}

/** The payloads of one field of a message, at any depth given by the path of field numbers. */
function payloads(bytes: Buffer, ...path: number[]): Buffer[] {
  const [field, ...rest] = path;
  if (field === undefined) return [bytes];
  const reader = new Reader({ buf: bytes, start: 0, end: bytes.length });
  const out: Buffer[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag !== field * 8 + 2) reader.skip(tag);
    else {
      const { start, end } = reader.slice();
      out.push(...payloads(bytes.subarray(start, end), ...rest));
    }
  }
  return out;
}

const FILES = [
  'google/protobuf/struct.proto',
  'google/protobuf/duration.proto',
  'proto/fn/v1/run_function.proto',
];

test('the descriptors read our own messages as any protobuf library would', () => {
  const writer = new Writer();
  for (const file of FILES.toReversed()) writer.blob(10, payloads(answerTo(ask(3, file)), 4, 1)[0] as Buffer);
  const loaded = loadFileDescriptorSetFromBuffer(writer.bytes(), {
    keepCase: true,
    enums: String,
    oneofs: true,
  });
  const service = loaded['apiextensions.fn.proto.v1.FunctionRunnerService'] as {
    RunFunction: { requestDeserialize: (bytes: Buffer) => object; path: string };
  };
  expect(service.RunFunction.path).toBe('/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction');
  const read = service.RunFunction.requestDeserialize(
    encodeRequest({
      tag: 't',
      capabilities: [1],
      observed: { resources: new Map([['r', { object: { a: 1 }, ready: 'true' }]]) },
      requiredResources: new Map([['q', []]]),
    }),
  );
  expect(read).toMatchObject({
    meta: { tag: 't', capabilities: ['CAPABILITY_CAPABILITIES'] },
    // This library takes entries of a map for a list of messages, which is what they are on the wire.
    observed: {
      resources: [
        {
          key: 'r',
          value: {
            ready: 'READY_TRUE',
            resource: { fields: [{ key: 'a', value: { kind: 'number_value', number_value: 1 } }] },
          },
        },
      ],
    },
    required_resources: [{ key: 'q' }],
  });
  expect(Object.keys(loaded)).toContain('google.protobuf.Value');
});

test.for([
  ['apiextensions.fn.proto.v1beta1.FunctionRunnerService', 'v1beta1/run_function.proto'],
  ['apiextensions.fn.proto.v1.Resource', 'v1/run_function.proto'],
  ['grpc.health.v1.Health', 'health.proto'],
  ['google.protobuf.Value', 'struct.proto'],
])('the symbol %s is in its file', ([symbol, file]) => {
  expect(
    payloads(answerTo(ask(4, symbol as string)), 4, 1, 1)
      .map(String)
      .join(),
  ).toContain(file);
});

test.for([
  ask(4, 'no.such.Thing'),
  ask(3, '../etc/passwd'),
  ask(4, 'grpc.health.v1.(.*)+$'),
  Buffer.from([0xff]),
])('what is not there is an error response, never a broken stream', (question) => {
  expect(payloads(answerTo(question), 7, 2).map(String)).toEqual(['not found']);
});

test.for([...REFLECTION_PATHS])('%s lists the services of a running host', async (path) => {
  const host = await createHost({ handlers: [], insecure: true, address: '127.0.0.1:0' });
  const client = new Client(`127.0.0.1:${host.port}`, credentials.createInsecure());
  try {
    const call = client.makeBidiStreamRequest(path, passBytes, passBytes);
    const answer = new Promise<Buffer>((resolve, reject) => call.once('data', resolve).once('error', reject));
    call.write(ask(7, '*'));
    const names = payloads(await answer, 6, 1, 1).map(String);
    expect(names).toContain('apiextensions.fn.proto.v1.FunctionRunnerService');
    call.end();
  } finally {
    client.close();
    await host.stop();
  }
});
