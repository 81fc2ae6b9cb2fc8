import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodeRequest, encodeResponse } from '../function/codec/index.ts';
import type { ComposeFunction } from '../function/protocol.ts';
import { composition, configMap, input, resources, step } from './fixtures.ts';
import { addressFunction, type ByteFunction, requestTag } from './function.ts';
import { EMPTY_STATE, type RunRequest } from './model.ts';
import { renderComposite } from './reconcile.ts';

const signal = new AbortController().signal;

/** The same compose function behind its wire format. */
function overBytes(compose: ComposeFunction): ByteFunction {
  return {
    async run(bytes) {
      const request = decodeRequest(Buffer.from(bytes));
      return encodeResponse(request, await compose(request, { signal }), { defaultTtlSeconds: 600 });
    },
  };
}

const compose: ComposeFunction = (request) => ({
  resources: resources(
    { a: configMap(), b: configMap('b', { data: { n: 'on', list: [1, null, 'x'] } }) },
    'true',
  ),
  removed: ['gone'],
  composite: { status: { seen: [...request.requiredResources.keys()] } },
  requirements: { resources: { env: { apiVersion: 'v1', kind: 'ConfigMap', matchName: 'env' } } },
  context: { from: request.input?.who ?? 'nobody' },
  conditions: [{ type: 'Mine', status: 'True', reason: 'Yes', message: 'fine' }],
  results: [{ severity: 'warning', message: 'careful', reason: 'Because' }],
});

test('a function gives the same result in process and over bytes', async () => {
  const more = {
    composition: composition(
      step('first'),
      step('fn', { input: { apiVersion: 'x/v1', kind: 'I', who: 'me' } }),
    ),
    required: [configMap('env')],
    context: { before: true },
  };
  const first = { resources: resources({ gone: configMap(), kept: configMap() }) };
  const near = await renderComposite(input({ first, fn: compose }, more));
  const far = await renderComposite(input({ first, fn: addressFunction(overBytes(compose)) }, more));
  expect(near.composed.map((c) => c.name)).toEqual(['a', 'b', 'kept']);
  expect(near.composite.status).toMatchObject({ seen: ['env'] });
  expect(far.composite).toEqual(near.composite);
  expect(far.composed).toEqual(near.composed);
  expect(far.events).toEqual(near.events);
  expect(far.context).toEqual(near.context);
  expect(far.ttlSeconds).toBe(near.ttlSeconds);
});

const request: RunRequest = {
  tag: 'anything',
  capabilities: [1],
  observed: EMPTY_STATE,
  desired: EMPTY_STATE,
  input: undefined,
  context: {},
  requiredResources: new Map(),
  extraResources: new Map(),
  requiredSchemas: new Map(),
  credentials: new Map(),
};

test('requestTag() hashes the request without its meta', () => {
  // observed (2), desired (3) and context (5): three empty messages.
  const bytes = Buffer.from([0x12, 0, 0x1a, 0, 0x2a, 0]);
  expect(requestTag(request)).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(requestTag({ ...request, tag: 'other', capabilities: [] })).toBe(requestTag(request));
  expect(requestTag({ ...request, context: { a: 1 } })).not.toBe(requestTag(request));
});
