import { describe, expect, test } from 'vitest';
import type { FunctionResponse } from '../function/protocol.ts';
import { composition, configMap, input, raw, resources, step, xr } from './fixtures/build.ts';
import type { PipelineFunction } from './function.ts';
import type { RunResponse } from './model.ts';
import { renderComposite } from './reconcile.ts';

const wants = (...names: readonly string[]): NonNullable<RunResponse['requirements']> => ({
  resources: new Map(names.map((n) => [n, { apiVersion: 'v1', kind: 'ConfigMap', matchName: n }])),
  extraResources: new Map(),
  schemas: new Map(),
});

describe('requirement loop', () => {
  test('no requirements cost one call', async () => {
    const fn = raw(() => ({}));
    const result = await renderComposite(input({ fn }));
    expect(result.steps[0]?.calls).toBe(1);
  });

  test('stable requirements cost two calls, and the second sees what was found', async () => {
    const fn = raw(() => ({ requirements: wants('there', 'gone') }));
    const result = await renderComposite(input({ fn }, { required: [configMap('there')] }));
    expect(result.steps[0]?.calls).toBe(2);
    const [first, second] = fn.requests;
    expect(first?.requiredResources.has('there'), 'absent: not resolved yet').toBe(false);
    expect(second?.requiredResources.get('there')?.[0]?.object).toEqual(configMap('there'));
    expect(second?.requiredResources.has('gone'), 'present and empty: looked for').toBe(true);
    expect(second?.requiredResources.get('gone')).toBeUndefined();
    expect(result.requirements.resources.map((r) => [r.selector.matchName, r.found])).toEqual([
      ['there', 1],
      ['gone', 0],
    ]);
    expect(second?.tag, 'the tag is computed before requirements are resolved').toBe(first?.tag);
    expect(first?.tag).toMatch(/^[0-9a-f]{64}$/);
  });

  test('requirements dropped once satisfied never settle: six calls, then the error', async () => {
    const fn = raw((request) => ({
      requirements: request.requiredResources.has('a') ? undefined : wants('a'),
    }));
    const result = await renderComposite(input({ fn }));
    expect(fn.requests).toHaveLength(6);
    expect(result.failure?.message).toBe(
      `cannot run Composition pipeline step "fn": requirements didn't stabilize after the maximum number of iterations (5)`,
    );
    expect(result.composed).toEqual([]);
  });

  test('requirements that settle at the sixth call are good', async () => {
    const fn = raw((_, call) => ({ requirements: wants(...['a', 'b', 'c', 'd', 'e'].slice(0, call)) }));
    const result = await renderComposite(input({ fn }));
    expect(fn.requests).toHaveLength(6);
    expect(result.failure).toBeUndefined();
    expect([...(fn.requests[5]?.requiredResources.keys() ?? [])]).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('an empty Requirements message is not absent: it costs one more call', async () => {
    const fn = raw(() => ({ requirements: wants() }));
    expect((await renderComposite(input({ fn }))).steps[0]?.calls).toBe(2);
  });

  test('names asked for last round only disappear', async () => {
    const fn = raw((_, call) => ({ requirements: wants(call === 1 ? 'old' : 'new') }));
    await renderComposite(input({ fn }));
    expect([...(fn.requests[2]?.requiredResources.keys() ?? [])]).toEqual(['new']);
  });

  test('a FATAL answer ends the loop at once', async () => {
    const fn = raw(() => ({ requirements: wants('a'), results: [{ severity: 'fatal', message: 'no' }] }));
    await renderComposite(input({ fn }));
    expect(fn.requests).toHaveLength(1);
  });

  test('desired state is not updated between iterations, context is', async () => {
    const fn = raw((_, call) => ({
      requirements: wants('a'),
      desired: {
        composite: undefined,
        resources: new Map([[`r${call}`, { object: configMap(), ready: 'true' }]]),
      },
      context: { call },
    }));
    const result = await renderComposite(input({ fn }));
    expect(fn.requests[1]?.desired.resources.size, 'still the state before the step').toBe(0);
    expect(fn.requests[1]?.context).toEqual({ call: 1 });
    expect(
      result.composed.map((c) => c.name),
      'the last answer counts',
    ).toEqual(['r2']);
  });

  test('bootstrap requirements are there at the first call and stay', async () => {
    const fn = raw(() => ({ requirements: wants('own') }));
    const requirements = {
      requiredResources: [
        {
          requirementName: 'env',
          apiVersion: 'v1',
          kind: 'ConfigMap',
          matchLabels: { a: 'b' },
          namespace: 'x',
        },
      ],
      requiredSchemas: [{ requirementName: 'schema', apiVersion: 'v1', kind: 'ConfigMap' }],
    };
    const labelled = (name: string, namespace: string, a: string) =>
      configMap(name, { metadata: { name, namespace, labels: { a } } });
    await renderComposite(
      input(
        { fn },
        {
          composition: composition(step('fn', { requirements })),
          required: [
            labelled('2', 'x', 'b'),
            labelled('0', 'x', 'b'),
            labelled('1', 'x', 'b'),
            labelled('3', 'y', 'b'),
            labelled('4', 'x', 'c'),
          ],
        },
      ),
    );
    for (const request of fn.requests) {
      const names = request.requiredResources
        .get('env')
        ?.map((r) => (r.object.metadata as { name: string }).name);
      expect(names, 'by label and namespace, sorted by name').toEqual(['0', '1', '2']);
      expect(request.requiredSchemas.has('schema')).toBe(true);
    }
    expect(fn.requests[1]?.requiredResources.has('own')).toBe(true);
  });
});

describe('context', () => {
  test('starts with what is given, else empty', async () => {
    const fn = raw(() => ({}));
    await renderComposite(input({ fn }));
    await renderComposite(input({ fn }, { context: { a: 1 } }));
    expect(fn.requests.map((r) => r.context)).toEqual([{}, { a: 1 }]);
  });

  test('an answer that leaves it out erases it for the steps that follow', async () => {
    const setter = raw(() => ({ context: { a: 1 } }));
    const eraser = raw(() => ({ context: undefined }));
    const last = raw(() => ({}));
    await renderComposite(input({ setter, eraser, last }));
    expect(eraser.requests[0]?.context).toEqual({ a: 1 });
    expect(last.requests[0]?.context, 'absent, not empty').toBeUndefined();
  });
});

describe('results', () => {
  const said = (
    severity: 'warning' | 'normal' | 'fatal',
    message: string,
    reason?: string,
  ): FunctionResponse => ({
    results: [{ severity, message, ...(reason && { reason }) }],
  });

  test('FATAL stops there, keeps earlier events and conditions, and applies nothing', async () => {
    const later = raw(() => ({}));
    const fatal: FunctionResponse = {
      results: [
        { severity: 'normal', message: 'before' },
        { severity: 'fatal', message: 'no database' },
        { severity: 'normal', message: 'after' },
      ],
      conditions: [{ type: 'DatabaseReady', status: 'False', reason: 'Missing' }],
      resources: resources({ a: configMap() }),
    };
    const result = await renderComposite(
      input(
        { first: said('warning', 'careful'), fatal, later },
        {
          composite: {
            ...xr(),
            status: {
              conditions: [
                { type: 'CacheReady', status: 'True', reason: 'Fine' },
                { type: 'DatabaseReady', status: 'True', reason: 'Fine' },
              ],
            },
          },
        },
      ),
    );
    expect(later.requests).toHaveLength(0);
    const message = 'pipeline step "fatal" returned a fatal result: no database';
    expect(result.failure).toEqual({ step: 'fatal', message, result: true });
    expect(result.composed).toEqual([]);
    expect(result.events.map((e) => `${e.type} ${e.reason} ${e.message}`)).toEqual([
      'Normal SelectComposition Successfully selected composition: app',
      `Warning ComposeResources cannot compose resources: ${message}`,
      'Warning ComposeResources Pipeline step "first": careful',
      'Normal ComposeResources Pipeline step "fatal": before',
    ]);
    const conditions = (result.composite.status as { conditions: { type: string }[] }).conditions;
    expect(conditions).toMatchObject([
      { type: 'CacheReady', status: 'Unknown', reason: 'FatalError' },
      { type: 'DatabaseReady', status: 'False', reason: 'Missing' },
      { type: 'Responsive', status: 'True' },
      {
        type: 'Synced',
        status: 'False',
        reason: 'ReconcileError',
        message: `cannot compose resources: ${message}`,
      },
    ]);
  });

  test('a result names its own reason; an unknown severity is a warning that says so', async () => {
    const odd = raw(() => ({ results: [{ severity: 'unspecified', message: 'hm' }] }));
    const result = await renderComposite(input({ a: said('normal', 'hi', 'Greeted'), odd }));
    expect(result.events.slice(1).map((e) => `${e.type} ${e.reason} ${e.message}`)).toEqual([
      'Normal Greeted Pipeline step "a": hi',
      'Warning ComposeResources Pipeline step "odd" returned a result of unknown severity (assuming warning): hm',
    ]);
  });

  test('a function that cannot be reached fails its step', async () => {
    const broken: PipelineFunction = { call: () => Promise.reject(new Error('connection refused')) };
    const result = await renderComposite(input({ broken }));
    expect(result.failure).toEqual({
      step: 'broken',
      message: 'cannot run Composition pipeline step "broken": connection refused',
      result: false,
    });
  });
});

test.for([
  [[60, 30, 600], 30, 'the shortest counts'],
  [[0, 300], 300, 'zero is not a ttl'],
  [[undefined, 0], undefined, 'nobody asks: no requeue'],
] as const)('ttl of %j', async ([ttls, want, reason]) => {
  const fns = ttls.map((ttlSeconds, i) => [`f${i}`, raw(() => ({ ttlSeconds }))] as const);
  const result = await renderComposite(input(Object.fromEntries(fns)));
  expect(result.ttlSeconds, reason).toBe(want);
});

describe('credentials', () => {
  const steps = composition(
    step('fn', {
      credentials: [{ name: 'aws', source: 'Secret', secretRef: { namespace: 'ns', name: 'creds' } }],
    }),
  );
  const secret = { metadata: { namespace: 'ns', name: 'creds' }, data: { key: 'c2VjcmV0' } };

  test('reach the step that names them, decoded; kind may be left out', async () => {
    const fn = raw(() => ({}));
    await renderComposite(input({ fn }, { composition: steps, credentials: [secret] }));
    expect(Buffer.from(fn.requests[0]?.credentials.get('aws')?.get('key') ?? []).toString()).toBe('secret');
  });

  test('a missing Secret is an error of the step', async () => {
    const fn = raw(() => ({}));
    const result = await renderComposite(input({ fn }, { composition: steps }));
    expect(result.failure?.message).toContain(
      'cannot get Composition pipeline step "fn" credential "aws" from Secret',
    );
    expect(fn.requests).toHaveLength(0);
  });
});
