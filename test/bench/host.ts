/**
 * Our host beside the stock SDK's, for the same 30 objects: one server process each, one client process (this one),
 * plaintext, eight calls in flight, interleaved rounds, medians. Run: `node test/bench/host.ts [rounds] [calls]`.
 * The figures that mean something are ratios: the client shares the machine with the servers.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RunFunctionRequest, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  connectFunction,
  createHost,
  encodeRequest,
  type FunctionRequest,
} from '../../lib/function/index.ts';
import { RUN_FUNCTION_PATHS, runFunctionService } from '../../lib/function/services.ts';

const OBJECTS = 30;
const CONCURRENCY = 8;

/** A Deployment of ordinary size, with the managedFields that Crossplane sends along. */
function deployment(index: number, replicas: number): object {
  const env = Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value-${index}-${i}` }));
  const container = {
    name: 'main',
    image: 'registry.example.org/team/app:1.2.3',
    ports: [{ containerPort: 8080 }],
    env,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `app-${index}`,
      namespace: 'team',
      labels: { 'app.kubernetes.io/name': `app-${index}` },
    },
    spec: {
      replicas,
      selector: { matchLabels: { 'app.kubernetes.io/name': `app-${index}` } },
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': `app-${index}` } },
        spec: { containers: [container] },
      },
    },
  };
}

function observed(index: number): object {
  const fields = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f:field${i}`, { 'f:value': {} }]));
  const managedFields = [
    { manager: 'crossplane', operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: fields },
  ];
  const object = deployment(index, 3) as { metadata: object };
  return { ...object, metadata: { ...object.metadata, managedFields }, status: { readyReplicas: 3 } };
}

const objects = (replicas: number): [string, object][] =>
  Array.from({ length: OBJECTS }, (_, i) => [`app-${i}`, deployment(i, replicas)]);

const servers: Record<string, () => Promise<number>> = {
  async echo() {
    const resources = new Map(objects(3).map(([name, object]) => [name, { object: object as never }]));
    const canned = encodeRequest({ desired: { resources } }); // as many bytes as an answer, in one copy
    const server = new Server();
    server.addService(runFunctionService(RUN_FUNCTION_PATHS[0]), {
      runFunction: (_: unknown, callback: (error: null, bytes: Buffer) => void) => callback(null, canned),
    });
    return bind(server);
  },
  async ours() {
    const compose = (request: FunctionRequest): object => {
      const replicas = request.observed.composite?.get('spec', 'replicas') as number;
      return { resources: new Map(objects(replicas).map(([name, object]) => [name, { object }])) };
    };
    const host = await createHost({
      handlers: [{ name: 'bench', version: '1.0.0', compose }],
      insecure: true,
      address: '127.0.0.1:0',
    });
    return host.port;
  },
  async stock() {
    const sdk = await import('@crossplane-org/function-sdk-typescript');
    const server = new Server();
    // The SDK's generated service with a plain-object handler: its fastest form, without its helpers.
    server.addService(sdk.FunctionRunnerServiceService, {
      runFunction: (
        call: { request: RunFunctionRequest },
        callback: (error: null, response: RunFunctionResponse) => void,
      ) => {
        const replicas = call.request.observed?.composite?.resource?.spec?.replicas as number;
        const response = sdk.to(call.request);
        const resources = objects(replicas).map(([name, resource]) => [
          name,
          sdk.Resource.fromPartial({ resource }),
        ]);
        response.desired = { composite: undefined, resources: Object.fromEntries(resources) };
        callback(null, response);
      },
    });
    return bind(server);
  },
};

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

interface Peer {
  readonly name: string;
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(name: string): Promise<Peer> {
  const child = fork(fileURLToPath(import.meta.url), ['--serve', name]);
  const [port] = (await once(child, 'message')) as [number];
  return { name, child, port };
}

/** CPU-seconds and resident bytes of a server, from itself. */
async function usage(peer: Peer): Promise<{ cpu: number; rss: number }> {
  peer.child.send('usage');
  const [answer] = (await once(peer.child, 'message')) as [{ cpu: number; rss: number }];
  return answer;
}

interface Round {
  readonly perSecond: number;
  readonly cpuPer1000: number;
  readonly rss: number;
}

async function round(peer: Peer, request: Buffer, calls: number): Promise<Round> {
  const client = connectFunction(`127.0.0.1:${peer.port}`, { insecure: true });
  const before = await usage(peer);
  const started = performance.now();
  let left = calls;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await client.runBytes(request);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const seconds = (performance.now() - started) / 1000;
  const after = await usage(peer);
  client.close();
  return {
    perSecond: calls / seconds,
    cpuPer1000: ((after.cpu - before.cpu) / calls) * 1000,
    rss: after.rss,
  };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

async function main(rounds: number, calls: number): Promise<void> {
  const request = encodeRequest({
    tag: 'bench',
    observed: {
      composite: {
        object: { apiVersion: 'g/v1', kind: 'Bench', metadata: { name: 'x' }, spec: { replicas: 3 } },
      },
      resources: new Map(objects(3).map(([name], i) => [name, { object: observed(i) as never }])),
    },
    input: {
      apiVersion: 'fn.compose.openova.io/v1alpha1',
      kind: 'Compose',
      blueprint: 'bench',
      version: '1.0.0',
    },
  });
  const peers = await Promise.all(Object.keys(servers).map(start));
  const measured = new Map<string, Round[]>(peers.map((p) => [p.name, []]));
  for (let i = -1; i < rounds; i++) {
    for (const peer of peers) {
      const result = await round(peer, request, calls);
      if (i >= 0) measured.get(peer.name)?.push(result); // the first round warms up
    }
  }
  for (const peer of peers) peer.child.kill();
  report(request.length, measured);
}

function report(requestBytes: number, measured: ReadonlyMap<string, readonly Round[]>): void {
  const middle = (name: string, field: keyof Round): number =>
    median((measured.get(name) ?? []).map((r) => r[field]));
  console.log(`request ${requestBytes} bytes, ${OBJECTS} objects, concurrency ${CONCURRENCY}, plaintext`);
  for (const name of measured.keys()) {
    const stock = middle(name, 'perSecond') / middle('stock', 'perSecond');
    const cpu = middle(name, 'cpuPer1000') / middle('stock', 'cpuPer1000');
    console.log(
      `${name.padEnd(6)} ${middle(name, 'perSecond').toFixed(0).padStart(6)} calls/s (${stock.toFixed(2)} x stock)` +
        `  ${middle(name, 'cpuPer1000').toFixed(2)} CPU-s per 1000 (${cpu.toFixed(2)} x stock)` +
        `  ${(middle(name, 'rss') / 2 ** 20).toFixed(0)} MiB`,
    );
  }
}

const [mode, name] = process.argv.slice(2);
if (mode === '--serve') {
  process.send?.(await servers[name as string]?.());
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() });
  });
  process.on('disconnect', () => process.exit());
} else {
  await main(Number(mode ?? 5), Number(name ?? 1000));
}
