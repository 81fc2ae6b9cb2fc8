import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRouter, type Meter, type Router } from '../../function/index.ts';
import { BundleCache } from './bundle-cache.ts';
import type { BundleRef } from './bundle-ref.ts';
import { bundleRouter } from './bundle-router.ts';
import { type BundleEvent, BundleStore, type BundleStoreOptions } from './bundle-store.ts';
import {
  code,
  compose,
  manualClock,
  openWorld,
  type PublishChanges,
  stepOf,
  type World,
} from './bundles.test-helper.ts';
import { countBundle } from './count-bundle.ts';
import { readTrust } from './trust-file.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.hook = undefined;
  world.writePolicy();
});

interface Bench {
  readonly router: Router;
  readonly store: BundleStore;
  readonly events: BundleEvent[];
  readonly clock: ReturnType<typeof manualClock>;
  readonly cacheDir: string;
}

const unreachable = (): never => {
  throw new Error('the registry was asked');
};

function bench(more: Partial<BundleStoreOptions> & { cacheDir?: string; local?: Router } = {}): Bench {
  const {
    cacheDir = mkdtempSync(join(world.directory, 'cache-')),
    local = createRouter([]),
    ...options
  } = more;
  const events: BundleEvent[] = [];
  const clock = manualClock();
  const store = new BundleStore({
    trust: () => readTrust(world.policy),
    open: (repository) => world.client.target(repository),
    cache: new BundleCache(cacheDir),
    onEvent: (event) => events.push(event),
    clock,
    ...options,
  });
  const router = bundleRouter({ local, carries: (_, version) => version === '0.9.0', store });
  return { router, store, events, clock, cacheDir };
}

const types = (events: readonly BundleEvent[]): string[] => events.map((e) => e.source ?? e.type);

test('versions of one Blueprint stand side by side, each loaded once', async () => {
  const { router, events, store } = bench();
  const [one, two] = [await world.publish('1.0.0'), await world.publish('1.1.0')];
  const answers = await Promise.all([one, two, one, two, one].map((ref) => compose(router, stepOf(ref))));
  expect(answers).toEqual(['1.0.0', '1.1.0', '1.0.0', '1.1.0', '1.0.0']);
  expect(types(events), 'calls at the same time share a load').toEqual(['registry', 'registry']);
  expect(store.get(one), 'a loaded one costs no turn of the event loop').not.toBeInstanceOf(Promise);
});

test('what is loaded needs no registry, and after a restart the disk is enough', async () => {
  const ref = await world.publish('1.2.0');
  const first = bench();
  expect(await compose(first.router, stepOf(ref))).toBe('1.2.0');
  const restarted = bench({ cacheDir: first.cacheDir, open: unreachable });
  expect(await compose(restarted.router, stepOf(ref))).toBe('1.2.0');
  expect(types(restarted.events)).toEqual(['disk']);
});

test('bytes on disk that were changed, or verified under another policy, are fetched and verified again', async () => {
  const ref = await world.publish('1.3.0');
  const { cacheDir, router } = bench();
  await compose(router, stepOf(ref));
  const folder = join(cacheDir, ref.digest.slice('sha256:'.length));
  writeFileSync(join(folder, 'layer.tgz'), 'other bytes');
  const tampered = bench({ cacheDir });
  expect(await compose(tampered.router, stepOf(ref))).toBe('1.3.0');
  expect(types(tampered.events)).toEqual(['registry']);

  world.writePolicy((text) => `${text}# somebody looked at it\n`);
  const other = bench({ cacheDir });
  expect(await compose(other.router, stepOf(ref))).toBe('1.3.0');
  expect(types(other.events)).toEqual(['registry']);
});

interface Refused {
  readonly reason: string;
  readonly publish?: PublishChanges | (() => PublishChanges);
  readonly before?: (ref: BundleRef) => void;
  readonly ask?: (ref: BundleRef) => Partial<BundleRef>;
  readonly options?: Partial<BundleStoreOptions>;
  readonly want: RegExp;
}

const REFUSALS: Readonly<Record<string, Refused>> = {
  Unsigned: {
    reason: 'nobody vouches for it',
    publish: { signer: undefined },
    want: /Cannot accept.*no signatures found/s,
  },
  OtherIdentity: {
    reason: 'signed, but by somebody whom the policy does not name',
    publish: () => ({ signer: world.stranger }),
    want: /does not count: it is signed by a key that is not expected/,
  },
  LayerOfAnother: {
    reason: 'the Composition names a layer that the signed package does not have',
    ask: () => ({ digest: `sha256:${'0'.repeat(64)}` }),
    want: /is not part of the signed sha256:/,
  },
  TamperedLayer: {
    reason: 'the registry hands out other bytes than were signed',
    before: (ref) => {
      world.hook = (request, response) => {
        if (!request.url?.includes(`/blobs/${ref.digest}`)) return false;
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('other bytes');
        return true;
      };
    },
    want: /digest|bytes/,
  },
  TamperedManifest: {
    reason: 'the tag points at a manifest that nobody signed',
    before: () => {
      world.hook = (request, response) => {
        if (!/\/manifests\/2\.0\.\d+$/.test(request.url ?? '')) return false;
        const body = JSON.stringify({
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          config: {
            mediaType: 'application/vnd.oci.empty.v1+json',
            digest: `sha256:${'1'.repeat(64)}`,
            size: 2,
          },
          layers: [],
        });
        response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end(body);
        return true;
      };
    },
    want: /no signatures found/,
  },
  Unreachable: {
    reason: 'the registry is down',
    before: () => {
      world.hook = (request) => {
        request.socket.destroy();
        return true;
      };
    },
    want: /Cannot read ".*bp-shop/,
  },
  Broken: {
    reason: 'the registry has a bad day',
    before: () => {
      world.hook = (_, response) => {
        response.writeHead(503).end();
        return true;
      };
    },
    want: /503/,
  },
  TooSlow: {
    reason: 'a registry that never answers must not hold a call for ever',
    before: () => {
      world.hook = () => true;
    },
    options: { timeoutMs: 2000 },
    want: /took too long/,
  },
  NotThere: {
    reason: 'the version was never published',
    ask: () => ({ version: '9.9.9' }),
    want: /9\.9\.9.*(404|not there)/,
  },
  TooLarge: {
    reason: 'a bundle is code of one Blueprint, not an archive of films',
    publish: { padding: 3 * 1024 * 1024 },
    want: /its bundle has \d+ bytes, more than 2097152/,
  },
  GzipBomb: {
    reason: 'small in the registry, huge in memory',
    publish: { source: ' '.repeat(8 * 1024 * 1024) },
    want: /unpacks to more than/,
  },
  OtherName: {
    reason: 'the bundle of another Blueprint under this name',
    publish: { facts: { name: 'shop-2' } },
    want: /says of itself that it is \["shop-2"/,
  },
  OtherHostApi: {
    reason: 'built for a host that does not exist yet',
    publish: { facts: { hostApi: '^2' } },
    want: /needs host API "\^2", and this host has 1\.0\.0/,
  },
  NoFacts: {
    reason: 'bundle.json without a catalogue',
    publish: { facts: { catalogue: 1 } },
    want: /"catalogue"/,
  },
  Syntax: { reason: 'it does not parse', publish: { source: 'export default {' }, want: /cannot be run/ },
  Throws: {
    reason: 'its top level throws',
    publish: { source: "throw new Error('boom'); export {};" },
    want: /cannot be run: boom/,
  },
  NotABlueprint: {
    reason: 'signed, and yet something else',
    publish: { source: 'export default 1;' },
    want: /default export is not the Blueprint "shop"/,
  },
  NodeModule: {
    reason: 'compose is pure: the bundler refuses it, and so does the host',
    publish: { source: code('2.0.0', 'x', "import { readFileSync } from 'node:fs';\nreadFileSync;") },
    want: /imports "node:fs", and a bundle may not/,
  },
  Escape: {
    reason: 'names become addresses and paths',
    ask: () => ({ repository: '127.0.0.1:1/acme/../../x' }),
    want: /which is not HOST\/PATH/,
  },
  VersionEscape: {
    reason: 'the version becomes part of an address',
    ask: () => ({ version: '../../../v2/_catalog' }),
    want: /which is not a tag/,
  },
};

describe('refuses, for that XR alone,', () => {
  let count = 0;
  test.for(Object.entries(REFUSALS))('%s', async ([, row]) => {
    const version = `2.0.${count++}`;
    const changes = typeof row.publish === 'function' ? row.publish() : row.publish;
    const ref = await world.publish(version, { note: version, ...changes });
    const healthy = await world.publish('1.9.0');
    const { router, events, store } = bench({ timeoutMs: 5000, ...row.options });
    expect(await compose(router, stepOf(healthy))).toBe('1.9.0');
    row.before?.(ref);
    const asked = { ...ref, ...row.ask?.(ref) };
    const message = await compose(router, stepOf(asked));
    expect(message, row.reason).toMatch(row.want);
    expect(message).toMatch(/^Cannot load "shop"/);
    expect(store.counts.loaded).toBe(1);
    expect(events.filter((e) => e.type === 'loaded').length).toBe(1);
    expect(await compose(router, stepOf(healthy)), 'the other one keeps serving').toBe('1.9.0');
  });
});

test('without a policy nothing is asked of any registry, and what the host carries is served', async () => {
  rmSync(world.policy);
  const ref = await world.publish('3.0.0');
  const local = createRouter([{ name: 'shop', version: '0.9.0', compose: () => ({}) }]);
  const { router } = bench({ open: unreachable, local });
  expect(await compose(router, stepOf({ ...ref, version: '0.9.0' }))).toBe('nothing');
  expect(await compose(router, stepOf(ref))).toMatch(
    /"shop" is not served in version "3\.0\.0".*there is no trust policy at/,
  );
});

test('a repository outside the policy is not asked', async () => {
  const ref = await world.publish('3.1.0', { repository: `${world.registry.address}/others/bp-shop` });
  const before = world.requests;
  const { router } = bench();
  expect(await compose(router, stepOf(ref))).toMatch(/has no rule for this repository/);
  expect(world.requests).toBe(before);
});

test('a policy that cannot be used says so', async () => {
  const ref = await world.publish('3.2.0');
  world.writePolicy((text) => text.replace('identities', 'identitys'));
  expect(await compose(bench().router, stepOf(ref))).toMatch(/identitys: is not a field/);
});

test('a failure is tried again after a pause that doubles, not at every call', async () => {
  const ref = await world.publish('4.0.0');
  const { router, clock, events } = bench();
  world.hook = (_, response) => {
    response.writeHead(503).end();
    return true;
  };
  const attempts = (): number => events.filter((e) => e.type === 'refused').length;
  const seen: number[] = [];
  for (const pause of [0, 4_999, 1, 9_999, 1]) {
    clock.advance(pause);
    expect(await compose(router, stepOf(ref))).toMatch(/503/);
    seen.push(attempts());
  }
  expect(seen, '5 s, then 10 s').toEqual([1, 1, 2, 2, 3]);
  world.hook = undefined;
  clock.advance(20_000);
  expect(await compose(router, stepOf(ref)), 'and it heals').toBe('4.0.0');
});

test('what nobody asks for is let go, and comes back from disk', async () => {
  const [idle, busy] = [await world.publish('5.0.0'), await world.publish('5.1.0')];
  const { router, clock, events, store } = bench({ idleMs: 60_000 });
  await compose(router, stepOf(idle));
  await compose(router, stepOf(busy));
  clock.advance(40_000);
  await compose(router, stepOf(busy));
  clock.advance(30_000);
  await compose(router, stepOf(busy));
  expect(events.filter((e) => e.type === 'evicted').map((e) => e.bundle.version)).toEqual(['5.0.0']);
  expect(store.counts.loaded).toBe(1);
  expect(await compose(router, stepOf(idle))).toBe('5.0.0');
  expect(events.at(-1)?.source).toBe('disk');
});

test('no more than so many at once, in memory and on disk', async () => {
  const refs = [await world.publish('6.0.0'), await world.publish('6.1.0'), await world.publish('6.2.0')];
  const cacheDir = join(world.directory, 'small');
  mkdirSync(join(cacheDir, 'lost+found'), { recursive: true });
  const { router, store, events } = bench({ maxLoaded: 2, cache: new BundleCache(cacheDir, 1200) });
  for (const ref of refs) expect(await compose(router, stepOf(ref))).toBe(ref.version);
  expect(store.counts.loaded).toBe(2);
  expect(events.find((e) => e.type === 'evicted')?.bundle.version).toBe('6.0.0');
  expect(existsSync(join(cacheDir, 'lost+found')), 'what is not ours stays').toBe(true);
  expect(readdirSync(cacheDir).length - 1, 'two of about 500 bytes each').toBeLessThan(3);
});

test('what happens to bundles is counted, without the names that callers choose', async () => {
  const ref = await world.publish('6.9.0');
  const counted: unknown[] = [];
  const meter: Meter = { count: (name, _, labels, by) => counted.push([name, labels, by === undefined]) };
  const { router } = bench({ onEvent: (event) => countBundle(meter, event) });
  await compose(router, stepOf(ref));
  await compose(router, stepOf({ ...ref, version: '6.9.9' }));
  const [events, seconds] = ['function_bundle_events_total', 'function_bundle_load_seconds_total'];
  expect(counted).toEqual([
    [events, { event: 'loaded', source: 'registry', code: '' }, true],
    [seconds, { event: 'loaded' }, false],
    [events, { event: 'refused', source: '', code: 'not-found' }, true],
    [seconds, { event: 'refused' }, false],
  ]);
});

test('a bundle stays the same object for as long as it is loaded: kept answers are found by it', async () => {
  const ref = await world.publish('6.8.0');
  const { router, clock } = bench({ idleMs: 60_000 });
  const first = await router.resolve(stepOf(ref));
  clock.advance(50_000);
  expect(await router.resolve(stepOf(ref))).toBe(first);
  clock.advance(70_000);
  await router.resolve(stepOf(await world.publish('6.8.1'))); // others let it go
  expect(await router.resolve(stepOf(ref)), 'loaded again').toMatchObject({ name: 'shop', version: '6.8.0' });
});

test('a disk that cannot be written costs nothing but the cache', async () => {
  const ref = await world.publish('7.0.0');
  const file = join(world.directory, 'a-file');
  writeFileSync(file, '');
  const { router, events } = bench({ cache: new BundleCache(file) });
  expect(await compose(router, stepOf(ref))).toBe('7.0.0');
  expect(types(events)).toEqual(['not-cached', 'registry']);
});

test('a development version is the bundle where it is trusted, else what the host has', async () => {
  const version = '0.9.0-dev.abc';
  const ref = await world.publish(version, { note: 'from the bundle' });
  const local = createRouter([{ name: 'shop', version, compose: () => ({}) }]);
  expect(await compose(bench({ local }).router, stepOf(ref))).toBe('from the bundle');
  rmSync(world.policy);
  expect(await compose(bench({ local }).router, stepOf(ref))).toBe('nothing');
});
