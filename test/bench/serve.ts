/** One server of the benchmark, in a process of its own: `node test/bench/serve.ts NAME OBJECTS [CERTIFICATES]`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFunctionRequest, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import type { Server, ServiceDefinition } from '@grpc/grpc-js';
import { hostMain } from '../../lib/cli/host-main.ts';
import { processIo } from '../../lib/cli/io.ts';

const LARGE_MB = '64'; // 500 objects are more than gRPC's 4 MiB both ways
const LARGE = Number(LARGE_MB) * 1024 * 1024;
const [name, objects, directory] = process.argv.slice(2);
const count = Number(objects);

/** The host as `bp serve` and the image start it: with their threads, and what they set of Node. */
async function ours(...flags: readonly string[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const stdout = { write: (line: string | Uint8Array) => resolve(JSON.parse(String(line)).port) };
  const argv = [
    ...(directory === undefined ? ['--insecure'] : ['--tls-certs-dir', directory]),
    ...['--address', '127.0.0.1:0', '--metrics-address', '', ...flags],
    ...['--max-recv-message-size', LARGE_MB, '--max-send-message-size', LARGE_MB],
  ];
  const at = (path: string): string => new URL(path, import.meta.url).href;
  const carried = {
    // Late, as in the image: the thread that listens composes nothing.
    load: async () => ({ blueprints: [(await import('./blueprint.ts')).benchBlueprint(count)] }),
    threads: { entry: at('../../lib/function/workers/worker-main.ts'), module: at('./worker.ts') },
  };
  process.env.BENCH_OBJECTS = String(count);
  const io = processIo();
  const ended = hostMain(carried, argv, { ...io, stdout });
  return Promise.race([promise, ended.then((code) => Promise.reject(new Error(`the host ended: ${code}`)))]);
}

/** `RunFunction` over bytes, as grpc-js serves it. */
async function rawService(): Promise<ServiceDefinition> {
  const { passBytes, RUN_FUNCTION_PATHS } = await import('../../lib/function/services.ts');
  return {
    runFunction: {
      path: RUN_FUNCTION_PATHS[0],
      requestStream: false,
      responseStream: false,
      requestSerialize: passBytes,
      requestDeserialize: passBytes,
      responseSerialize: passBytes,
      responseDeserialize: passBytes,
    },
  };
}

async function canned(): Promise<Buffer> {
  const { createRunner, encodeRequest } = await import('../../lib/function/index.ts');
  const { catalogueOf } = await import('../../lib/index.ts');
  const { blueprintRouter } = await import('../../lib/serve/index.ts');
  const { benchBlueprint } = await import('./blueprint.ts');
  const { requestFor } = await import('./requests.ts');
  const blueprint = benchBlueprint(count);
  const router = blueprintRouter([blueprint], { catalogue: catalogueOf([blueprint]) });
  return createRunner({ router }).run(encodeRequest(requestFor(blueprint, { replicas: 3 })));
}

const servers: Record<string, () => Promise<number>> = {
  /** The floor: a gRPC server that answers the same bytes to everything. */
  async echo() {
    const bytes = await canned();
    const server = await bare();
    server.addService(await rawService(), {
      runFunction: (_: unknown, callback: (error: null, bytes: Buffer) => void) => callback(null, bytes),
    });
    return bind(server);
  },
  ours: () => ours(),
  'ours-1': () => ours('--workers', '0'),
  /** The SDK's generated service with plain objects: its fastest form, without its helpers. */
  async stock() {
    const sdk = await import('@crossplane-org/function-sdk-typescript');
    const { plainObjects } = await import('./blueprint.ts');
    const server = await bare();
    server.addService(sdk.FunctionRunnerServiceService, {
      runFunction: (
        call: { request: RunFunctionRequest },
        callback: (error: null, response: RunFunctionResponse) => void,
      ) => {
        const config = call.request.observed?.composite?.resource?.spec?.config;
        const response = sdk.to(call.request);
        const resources = plainObjects(count, config.replicas, config.note).map(([key, resource]) => [
          key,
          sdk.Resource.fromPartial({ resource }),
        ]);
        response.desired = { composite: undefined, resources: Object.fromEntries(resources) };
        callback(null, response);
      },
    });
    return bind(server);
  },
};

async function bare(): Promise<Server> {
  const { Server } = await import('@grpc/grpc-js');
  return new Server({ 'grpc.max_receive_message_length': LARGE, 'grpc.max_send_message_length': LARGE });
}

async function bind(server: Server): Promise<number> {
  const { ServerCredentials } = await import('@grpc/grpc-js');
  const credentials = (): InstanceType<typeof ServerCredentials> => {
    if (directory === undefined) return ServerCredentials.createInsecure();
    const read = (file: string): Buffer => readFileSync(join(directory, file));
    const pair = { private_key: read('tls.key'), cert_chain: read('tls.crt') };
    return ServerCredentials.createSsl(read('ca.crt'), [pair], true);
  };
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

process.send?.(await servers[name as string]?.());
process.on('disconnect', () => process.exit());
