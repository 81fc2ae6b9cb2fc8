import { expect, test } from 'vitest';
import { boundedCompose } from '../blueprint/bounded-compose.ts';
import { catalogueOf } from '../blueprint/catalogue.ts';
import { type Blueprint, defineBlueprint } from '../blueprint/define.ts';
import { decodeRequest, encodeRequest } from '../function/codec/index.ts';
import { ranTooLong, runBounded } from '../internal/bounded-run.ts';
import type { JsonObject } from '../internal/json.ts';
import { schema } from '../schema/index.ts';
import { DEFAULT_COORDINATES } from './coordinates.ts';
import { composedKinds } from './rbac.ts';
import { settleXr } from './settled.ts';

const XR: JsonObject = {
  apiVersion: 'compose.openova.io/v1alpha1',
  kind: 'Shop',
  metadata: { name: 'a', namespace: 'default' },
  spec: {},
};

function shop(compose: () => undefined): Blueprint {
  return defineBlueprint({
    name: 'shop',
    version: '1.0.0',
    scope: 'Namespaced',
    card: { title: 'Shop', summary: 'Sells things.', category: 'test' },
    config: schema<JsonObject>({ type: 'object', properties: { on: { type: 'boolean', default: false } } }),
    placement: { modes: ['single-region'], default: 'single-region' },
    sizes: { small: {} },
    compose,
  });
}

const endless = (): undefined => {
  for (;;);
};

test('a compose that never ends is stopped, and the Blueprint is named', () => {
  const blueprint = shop(endless);
  const compose = boundedCompose(blueprint, { catalogue: catalogueOf([blueprint]) }, 30);
  const resources = new Map();
  const request = decodeRequest(
    encodeRequest({ tag: '', observed: { composite: { object: XR }, resources } }),
  );
  expect(() => compose(request, { signal: new AbortController().signal })).toThrow(
    expect.objectContaining({
      code: 'limit',
      message: 'Cannot compose "shop": it did not end within 0.03 s',
    }),
  );
});

// The loop itself is short here: what counts is that nobody calls again what did not end.
test('what never ends is no FATAL result of a render: the first call ends everything', async () => {
  let calls = 0;
  const blueprint = shop(() => {
    calls += 1;
    return runBounded(endless, 20);
  });
  const blueprints = new Map([[blueprint.name, blueprint]]);
  const assembly = { blueprints, catalogue: catalogueOf([blueprint]), coordinates: DEFAULT_COORDINATES };
  for (const run of [
    () => settleXr(assembly, blueprint, XR),
    () => composedKinds(blueprint, [XR, XR], assembly),
  ]) {
    calls = 0;
    const error: unknown = await run().then(String, (caught: unknown) => caught);
    expect([ranTooLong(error), calls]).toEqual([true, 1]);
  }
});
