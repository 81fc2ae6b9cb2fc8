/**
 * The Blueprints of this repository behind the stock SDK: its generated service, its codec and its ttl, which is what a
 * function has that says nothing of it. What is composed is the same, so that a comparison is one of the surroundings.
 *
 *   node test/e2e/support/stock-host.ts CERTIFICATES PORT
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FunctionRunnerServiceService,
  RunFunctionRequest,
  RunFunctionResponse,
  to,
} from '@crossplane-org/function-sdk-typescript';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { createRunner } from '../../../lib/function/index.ts';
import { loadProject } from '../../../lib/project/index.ts';
import { blueprintRouter } from '../../../lib/serve/index.ts';

const [directory = '', port = '0'] = process.argv.slice(2);
const project = await loadProject(join(import.meta.dirname, '..', '..', '..'));
const { catalogue } = project;
const router = blueprintRouter(
  [...project.blueprints.values()].map((b) => b.blueprint),
  { catalogue },
);
const runner = createRunner({ router });

async function answer(request: RunFunctionRequest): Promise<RunFunctionResponse> {
  const bytes = await runner.run(Buffer.from(RunFunctionRequest.encode(request).finish()));
  return { ...RunFunctionResponse.decode(bytes), meta: to(request).meta };
}

const server = new Server();
server.addService(FunctionRunnerServiceService, {
  runFunction: (
    call: { request: RunFunctionRequest },
    callback: (error: Error | null, response?: RunFunctionResponse) => void,
  ) => {
    answer(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  },
});
const [ca, key, certificate] = ['ca.crt', 'tls.key', 'tls.crt'].map((f) => readFileSync(join(directory, f)));
const credentials = ServerCredentials.createSsl(
  ca as Buffer,
  [{ private_key: key as Buffer, cert_chain: certificate as Buffer }],
  true,
);
server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => {
  if (error !== null) throw error;
  process.stdout.write(`${JSON.stringify({ listening: true, port: bound })}\n`);
});
