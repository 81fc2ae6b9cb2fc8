/** One server of the benchmark, in a process of its own: `node test/bench/serve.ts NAME OBJECTS [CERTIFICATES]`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFunctionRequest, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { createHost, createRunner, encodeRequest, type HostOptions } from '../../lib/function/index.ts';
import { passBytes, RUN_FUNCTION_PATHS } from '../../lib/function/services.ts';
import { catalogueOf } from '../../lib/index.ts';
import { blueprintRouter } from '../../lib/serve/index.ts';
import { benchBlueprint, plainObjects } from './blueprint.ts';
import { requestFor } from './requests.ts';

const LARGE = 64 * 1024 * 1024; // 500 objects are more than gRPC's 4 MiB both ways
const [name, objects, directory] = process.argv.slice(2);
const count = Number(objects);

/** `RunFunction` over bytes, as grpc-js serves it. */
const rawService: ServiceDefinition = {
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

const router = () => {
  const blueprint = benchBlueprint(count);
  return blueprintRouter([blueprint], { catalogue: catalogueOf([blueprint]) });
};

async function ours(options: Pick<HostOptions, 'handlers' | 'workers'>): Promise<number> {
  const tls = directory === undefined ? { insecure: true } : { tls: { directory } };
  const host = await createHost({
    ...options,
    ...tls,
    address: '127.0.0.1:0',
    maxReceiveMb: 64,
    maxSendMb: 64,
  });
  return host.port;
}

const servers: Record<string, () => Promise<number>> = {
  /** The floor: a gRPC server that answers the same bytes to everything. */
  async echo() {
    const canned = await createRunner({ router: router() }).run(
      encodeRequest(requestFor(benchBlueprint(count), { replicas: 3 })),
    );
    const server = bare();
    server.addService(rawService, {
      runFunction: (_: unknown, callback: (error: null, bytes: Buffer) => void) => callback(null, canned),
    });
    return bind(server);
  },
  ours: () => ours({ workers: { module: new URL('./worker.ts', import.meta.url).href, data: [count] } }),
  'ours-1': () => ours({ handlers: router() }),
  /** The SDK's generated service with plain objects: its fastest form, without its helpers. */
  async stock() {
    const sdk = await import('@crossplane-org/function-sdk-typescript');
    const server = bare();
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

function bare(): Server {
  return new Server({ 'grpc.max_receive_message_length': LARGE, 'grpc.max_send_message_length': LARGE });
}

function credentials(): ServerCredentials {
  if (directory === undefined) return ServerCredentials.createInsecure();
  const [ca, key, certificate] = ['ca.crt', 'tls.key', 'tls.crt'].map((f) =>
    readFileSync(join(directory, f)),
  );
  return ServerCredentials.createSsl(
    ca as Buffer,
    [{ private_key: key as Buffer, cert_chain: certificate as Buffer }],
    true,
  );
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

process.send?.(await servers[name as string]?.());
process.on('disconnect', () => process.exit());
