import { type Blueprint, defineBlueprint, output, schema } from '@openova/blueprints';
import { checkRendered, readExample, renderBlueprint } from '@openova/blueprints/testing';
import { describe, expect, test } from 'vitest';
import storefront from './blueprint.ts';

/** Stands in for bp-valkey: the catalogue has a Blueprint of that name, and that is all a dependent needs. */
const valkey: Blueprint = defineBlueprint({
  name: 'valkey',
  version: '1.2.0',
  scope: 'Namespaced',
  card: { title: 'Valkey', summary: 'A stand-in.', category: 'test' },
  config: schema<object, object>({ type: 'object', properties: { storage: { type: 'string' } } }),
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: { small: {} },
  outputs: { host: output.string('Service.') },
  compose: () => ({}),
});

describe.for(['small', 'large'])('%s', (size) => {
  test('becomes ready, and every object passes its schema', async () => {
    const rendered = await renderBlueprint(storefront, readExample(import.meta.dirname, size), {
      catalogue: [valkey],
    });
    expect(rendered.ready).toBe(true);
    expect(checkRendered(rendered)).toEqual([]);
  });
});

describe('the cache', () => {
  const small = readExample(import.meta.dirname, 'small');

  test('comes first: nothing is composed before it is there', async () => {
    const { objects, conditions } = await renderBlueprint(storefront, small, {
      catalogue: [valkey],
      dependencies: 'absent',
    });
    expect(objects).toEqual([]);
    expect(conditions.get('DependenciesReady')?.message).toBe('valkey: there is no Valkey yet');
  });

  test('is not waited for by a storefront without one', async () => {
    const xr = { ...small, spec: { config: { cache: { enabled: false } } } };
    const { ready, get } = await renderBlueprint(storefront, xr, {
      catalogue: [valkey],
      dependencies: 'absent',
    });
    expect(ready).toBe(true);
    expect(get('HTTPRoute').spec).toMatchObject({ hostnames: ['shop.sovereign.internal'] });
  });
});
