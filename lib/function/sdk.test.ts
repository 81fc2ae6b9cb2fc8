import {
  type FunctionHandler,
  fatal,
  getInput,
  getObservedCompositeResource,
  normal,
  type RunFunctionRequest,
  type RunFunctionResponse,
  setDesiredComposedResources,
  to,
} from '@crossplane-org/function-sdk-typescript';
import { expect, test } from 'vitest';
import { freeOwn } from '../internal/own-bytes.ts';
import { decodeResponse, encodeRequest, type RequestData, type ResponseData } from './codec/index.ts';
import { createRouter } from './host/router.ts';
import { createRunner } from './host/runner.ts';
import { hostSdkHandler, type SdkHandlerOptions } from './sdk.ts';

const STEP = {
  apiVersion: 'fn.compose.openova.io/v1alpha1',
  kind: 'Compose',
  function: 'theirs',
  version: '1',
};

async function run(
  handler: FunctionHandler,
  request: RequestData = {},
  options: SdkHandlerOptions = {},
): Promise<ResponseData> {
  const router = createRouter([
    { kind: 'function', name: 'theirs', version: '1', compose: hostSdkHandler(handler, options) },
  ]);
  const input = { ...STEP, input: { apiVersion: 'x/v1', kind: 'Input', greeting: 'hi' } };
  return decodeResponse(await createRunner({ router }).run(encodeRequest({ tag: 'T', input, ...request })));
}

test('what a handler keeps of the bytes in a request outlives the request', async () => {
  const kept: (Uint8Array | undefined)[] = [];
  const handler: FunctionHandler = {
    async RunFunction(req) {
      kept.push(req.credentials.aws?.credentialData?.data.key);
      return to(req);
    },
  };
  const router = createRouter([
    { kind: 'function', name: 'theirs', version: '1', compose: hostSdkHandler(handler) },
  ]);
  const input = { ...STEP, input: {} };
  const credentials = new Map([['aws', new Map([['key', Buffer.from('secret')]])]]);
  const bytes = encodeRequest({ tag: 'T', input, credentials });
  await createRunner({ router }).run(bytes);
  freeOwn(bytes);
  expect(bytes.length).toBe(0);
  expect(kept.map((key) => Buffer.from(key ?? []).toString())).toEqual(['secret']);
});

/** As the SDK's own template writes it. */
class Template implements FunctionHandler {
  async RunFunction(req: RunFunctionRequest): Promise<RunFunctionResponse> {
    let rsp = to(req);
    const xr = getObservedCompositeResource(req);
    const greeting = getInput(req)?.greeting;
    rsp = setDesiredComposedResources(rsp, {
      cm: {
        resource: { apiVersion: 'v1', kind: 'ConfigMap', data: { greeting, size: xr?.resource?.spec?.size } },
      },
    } as never);
    normal(rsp, 'done');
    return rsp;
  }
}

test('hosts a handler unchanged: its own types, its own input, desired state kept', async () => {
  const read = await run(new Template(), {
    observed: { composite: { object: { apiVersion: 'g/v1', kind: 'K', spec: { size: 'small' } } } },
    desired: { resources: new Map([['before', { object: { kind: 'Keep' }, ready: 'true' }]]) },
    context: { c: 1 },
  });
  expect(read.tag).toBe('T');
  expect(read.results).toMatchObject([{ severity: 'normal', message: 'done' }]);
  expect(read.desired.resources.get('cm')?.object.data).toEqual({ greeting: 'hi', size: 'small' });
  expect(read.desired.resources.get('before')).toMatchObject({ object: { kind: 'Keep' }, ready: 'true' });
  expect(read.context).toEqual({ c: 1 });
});

test('the ttl that nobody chose becomes ours, one that was chosen stays', async () => {
  const chose = (seconds: number): FunctionHandler => ({
    RunFunction: async (req) => to(req, { seconds, nanos: 0 }),
  });
  expect((await run(new Template())).ttlSeconds).toBe(600);
  expect((await run(chose(60))).ttlSeconds).toBe(60);
  expect((await run(chose(60), {}, { ttlSeconds: 5 })).ttlSeconds).toBe(5);
});

test('empty requirements are left out, a throw is FATAL, a fatal is passed on', async () => {
  const empty: FunctionHandler = {
    RunFunction: async (req) => ({
      ...to(req),
      requirements: { extraResources: {}, resources: {}, schemas: {} },
    }),
  };
  expect((await run(empty)).requirements).toBeUndefined();
  const throws: FunctionHandler = { RunFunction: () => Promise.reject(new Error('theirs broke')) };
  expect((await run(throws)).results).toEqual([
    { severity: 'fatal', message: '"theirs" 1 failed: theirs broke' },
  ]);
  const refuses: FunctionHandler = {
    async RunFunction(req) {
      const rsp = to(req);
      fatal(rsp, 'no');
      return rsp;
    },
  };
  expect((await run(refuses)).results).toMatchObject([{ severity: 'fatal', message: 'no' }]);
});
