import { describe, expect, test } from 'vitest';
import { getPath } from '../internal/json.ts';
import { FakeCluster } from './cluster.ts';
import { configMap } from './fixtures/build.ts';
import { objectKey, uidOf } from './objects.ts';

const key = objectKey(configMap('a'));

describe('FakeCluster', () => {
  test('apply() creates, leaves alone, and bumps the generation on a change of content only', () => {
    const cluster = new FakeCluster();
    const generation = () => getPath(cluster.get(key), ['metadata', 'generation']);
    expect(cluster.apply(configMap('a', { data: { x: '1' } }))).toBe('created');
    expect(cluster.apply(configMap('a', { data: { x: '1' } }))).toBe('unchanged');
    expect(generation()).toBe(1);
    expect(cluster.apply(configMap('a', { data: { x: '2' } }))).toBe('changed');
    expect(generation()).toBe(2);
    expect(
      cluster.apply(configMap('a', { data: { x: '2' }, metadata: { name: 'a', labels: { l: '1' } } })),
    ).toBe('changed');
    expect(generation(), 'metadata makes no generation').toBe(2);
  });

  test('a field that is left out goes, one that another wrote stays', () => {
    const cluster = new FakeCluster();
    cluster.apply(configMap('a', { data: { mine: '1', both: '1' } }));
    cluster.writeStatus(key, { phase: 'Bound' });
    cluster.put({ ...cluster.get(key), data: { mine: '1', both: '1', theirs: '1' } });
    cluster.apply(configMap('a', { data: { both: '2' } }));
    expect(cluster.get(key)).toMatchObject({ data: { both: '2', theirs: '1' }, status: { phase: 'Bound' } });
    expect(cluster.get(key)?.data).not.toHaveProperty('mine');
    cluster.apply(configMap('a'));
    expect(cluster.get(key)?.data).toEqual({ theirs: '1' });
  });

  test('lists are atomic', () => {
    const cluster = new FakeCluster();
    cluster.apply(configMap('a', { list: [1, 2, 3] }));
    cluster.apply(configMap('a', { list: [9] }));
    expect(cluster.get(key)?.list).toEqual([9]);
  });

  test('remove() takes children along, and the same name is born with another uid', () => {
    const cluster = new FakeCluster();
    cluster.apply(configMap('a'));
    const uid = uidOf(cluster.get(key) ?? {});
    const owned = (name: string, owner: string) =>
      configMap(name, { metadata: { name, ownerReferences: [{ uid: owner }] } });
    cluster.apply(owned('b', uid));
    const b = uidOf(cluster.get(objectKey(configMap('b'))) ?? {});
    cluster.apply(owned('c', b));
    expect(cluster.remove(key).map((o) => (o.metadata as { name: string }).name)).toEqual(['a', 'b', 'c']);
    cluster.apply(configMap('a'));
    const again = uidOf(cluster.get(key) ?? {});
    expect([uid === '', again === '', again === uid]).toEqual([false, false, false]);
  });
});
