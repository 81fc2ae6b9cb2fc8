import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFailed, onTestFinished, test } from 'vitest';
import { connectFunction } from '../../lib/function/index.ts';
import type { JsonObject } from '../../lib/internal/json.ts';
import { describeStatus, hasCondition, refOf, sumMetric, waitFor } from '../../lib/testing/cluster/index.ts';
import { missingParts } from './support/binaries.ts';
import {
  applyMany,
  census,
  type FaultPlatform,
  faultsOf,
  HOST_NAMES,
  NAMESPACE,
  startFaultPlatform,
} from './support/fault-platform.ts';
import { writeCertificates } from './support/host-process.ts';
import { createMoody, type Moody } from './support/moody.ts';
import { startNameServer } from './support/name-server.ts';
import { nameOf, textAt } from './support/objects.ts';
import { composedObjects, unsynced } from './support/observe.ts';
import { install, isInstalled, packageName } from './support/platform.ts';
import { table } from './support/quiet-report.ts';
import { writeJsonReport, writeSection } from './support/reports.ts';
import { isUpToDate, listXrs, waitAllReady } from './support/whole-set.ts';

const MINUTE = 60_000;
const MANY: readonly string[] = Array.from({ length: 8 }, (_, i) => `cache-${i}`);
const CALLS = 'function_run_function_seconds_count';

// One after the other on one platform: what one fault leaves behind, the next test finds.
describe.skipIf(missingParts)('faults', { timeout: 10 * MINUTE }, () => {
  let platform: FaultPlatform;
  let moody: Moody;
  const recoveries: { readonly fault: string; readonly from: string; readonly seconds: number }[] = [];

  beforeAll(async () => {
    moody = await createMoody();
    platform = await startFaultPlatform();
    const { published } = platform;
    await published.publish([moody.one], moody.project);
  }, 10 * MINUTE);
  afterAll(async () => {
    await platform?.stop();
    moody?.remove();
  });

  const note = (): void => {
    onTestFailed(() => void process.stderr.write(`${platform.report()}\n`));
  };
  const allReady = (): Promise<number> => waitAllReady(platform.cluster, platform.published.project);
  const unready = async (): Promise<number> =>
    (await listXrs(platform.cluster, platform.published.project)).filter((xr) => !isUpToDate(xr)).length;
  const record = (fault: string, from: string, seconds: number): void => {
    recoveries.push({ fault, from, seconds: Math.round(seconds * 10) / 10 });
  };
  const stopwatch = (): (() => number) => {
    const start = performance.now();
    return () => (performance.now() - start) / 1000;
  };
  const conditionsOf = async (xr: JsonObject): Promise<string> =>
    describeStatus((await platform.cluster.get(refOf(xr))) ?? {});

  test('the host is killed while core calls it, and comes back', async () => {
    note();
    const before = await census(platform);
    await applyMany(platform, MANY);
    await platform.host.child.kill();
    expect(await unready(), 'XRs whose call was cut off or not made').toBeGreaterThan(0);
    await delay(2000);
    platform.host = await platform.startHost();
    const seconds = stopwatch();
    await allReady();
    record('host killed while 8 XRs are composed', 'the new host listens', seconds());
    expect(await faultsOf(platform, before)).toEqual([]);
  });

  test('what is deleted while there is no host goes all the same', async () => {
    note();
    const { cluster, published } = platform;
    await platform.host.child.kill();
    const [gone = ''] = MANY;
    const ref = {
      apiVersion: 'compose.openova.io/v1alpha1',
      kind: 'Valkey',
      name: gone,
      namespace: NAMESPACE,
    };
    const seconds = stopwatch();
    await cluster.delete(ref, { propagation: 'Foreground' });
    await cluster.waitGone(ref);
    record('XR deleted without a host', 'the deletion', seconds());
    const left = [...(await composedObjects(cluster, published.project)).keys()];
    expect(left.filter((key) => key.includes(`${gone}-`))).toEqual([]);
    platform.host = await platform.startHost();
    await allReady();
  });

  test('of two hosts behind one name, one dies', async () => {
    note();
    const { cluster, port } = platform;
    const names = await startNameServer(['127.0.0.1', '127.0.0.2']);
    const second = await platform.startHost({ address: '127.0.0.2' });
    try {
      await platform.pointAt(`dns://127.0.0.1:${names.port}/hosts.test:${port}`);
      await applyMany(platform, MANY, 'medium');
      await allReady();
      const calls = async (): Promise<number> => sumMetric(await second.metrics(), CALLS);
      await waitFor(
        'core to call the second host as well',
        async () => {
          const count = await calls();
          if (count > 0) return { value: true };
          await applyMany(platform, MANY, 'small');
          return { state: `it answered ${count} calls` };
        },
        { intervalMs: 2000 },
      );
      await allReady();
      const before = await census(platform);
      await applyMany(platform, MANY, 'large');
      await second.child.kill();
      const seconds = stopwatch();
      await allReady();
      record('one of two hosts killed while 8 XRs change', 'its death', seconds());
      expect(await faultsOf(platform, before)).toEqual([]);
    } finally {
      await platform.pointAt(`dns:///localhost:${port}`);
      names.close();
    }
    await applyMany(platform, MANY, 'small');
    await allReady();
    expect(cluster.crossplane.child.ended).toBeUndefined();
  });

  test('the host’s certificate is renewed under open connections', async () => {
    note();
    const { cluster, certificates, host } = platform;
    const before = await census(platform);
    writeCertificates(certificates, cluster.crossplane.issue(HOST_NAMES));
    const seconds = stopwatch();
    await waitFor('the host to take it', () =>
      host.child.tail(1000).includes('Certificates reloaded')
        ? { value: true }
        : { state: host.child.tail(1) },
    );
    record('host’s certificate renewed', 'the files are replaced', seconds());
    await applyMany(platform, MANY, 'medium');
    await allReady();
    await cluster.crossplane.restart(); // a new connection
    await applyMany(platform, MANY, 'small');
    await allReady();
    expect(await faultsOf(platform, before)).toEqual([]);
  });

  test('the CA of both is replaced', async () => {
    note();
    const { cluster, certificates, port } = platform;
    const before = await census(platform);
    const read = (name: string): string =>
      readFileSync(join(cluster.crossplane.clientCertificates, name), 'utf8');
    const old = { certificate: read('tls.crt'), privateKey: read('tls.key') };
    await cluster.crossplane.rotateAuthority();
    await applyMany(platform, MANY, 'medium'); // core trusts the host no more, nor the host core
    await delay(1000);
    expect(await unready()).toBeGreaterThan(0);
    writeCertificates(certificates, cluster.crossplane.issue(HOST_NAMES));
    const seconds = stopwatch();
    await allReady();
    record('CA of core and host replaced', 'the host’s files are replaced', seconds());
    expect(await faultsOf(platform, before)).toEqual([]);
    const tls = { ...old, ca: cluster.crossplane.authority.certificate };
    const client = connectFunction(`localhost:${port}`, { tls });
    await expect(
      client.runBytes(new Uint8Array(), { timeoutMs: 5000 }),
      'with the old client certificate',
    ).rejects.toMatchObject({ code: 'network' });
    client.close();
  });

  test('the registry is gone during an install, and when a bundle is asked for', async () => {
    note();
    const { cluster, published } = platform;
    onTestFinished(() => published.registry.setGone(false)); // whatever comes of it
    const before = await census(platform);
    const pkg = `${published.project.coordinates.prefix}/${moody.one.blueprint.artifact}:1.0.0`;
    published.registry.setGone(true);
    await install(cluster, packageName(moody.one), pkg);
    const configuration = {
      apiVersion: 'pkg.crossplane.io/v1',
      kind: 'Configuration',
      name: packageName(moody.one),
    };
    const waiting = await cluster.wait(configuration, (o) => hasCondition(o, 'Installed', 'False'));
    expect(describeStatus(waiting)).toMatch(/EOF|connect|reset/);
    published.registry.setGone(false);
    const installed = stopwatch();
    await waitFor(
      'moody to be installed',
      async () => {
        const state = await isInstalled(cluster, moody.one);
        return state === undefined ? { value: true } : { state };
      },
      { timeoutMs: 3 * MINUTE },
    );
    record('registry gone during an install', 'the registry is back', installed());

    published.registry.setGone(true);
    const calm = moody.xr('calm', 'works');
    await cluster.apply(calm, { manager: 'person' });
    await cluster.wait(refOf(calm), unsynced('Cannot load "moody"'));
    published.registry.setGone(false);
    const loaded = stopwatch();
    await cluster.wait(refOf(calm), (o) => hasCondition(o, 'Ready'), { timeoutMs: 3 * MINUTE });
    record('registry gone when a bundle is asked for', 'the registry is back', loaded());
    expect(await unready()).toBe(0);
    expect(await faultsOf(platform, before)).toEqual([]);
  });

  test('a Blueprint that throws and one that spins hurt no other', async () => {
    note();
    const { cluster } = platform;
    const before = await census(platform);
    const [angry, dizzy] = [moody.xr('angry', 'throws'), moody.xr('dizzy', 'spins')];
    for (const xr of [dizzy, angry]) await cluster.apply(xr, { manager: 'person' });
    const seconds = stopwatch();
    await applyMany(platform, MANY, 'large');
    await allReady();
    record('8 healthy XRs beside one that throws and one that spins', 'their change', seconds());
    await waitFor('both to say why', async () => {
      const [first, second] = [await conditionsOf(angry), await conditionsOf(dizzy)];
      const told = /not today|quarantine/.test(first) && /quarantine|ran for/.test(second);
      return told ? { value: true } : { state: `${first} | ${second}` };
    });
    const calm = await cluster.get(refOf(moody.xr('calm', 'works')));
    expect(textAt(calm, 'status', 'phase'), 'what it had composed stays').toBe('Ready');
    for (const { metadata } of [angry, dizzy])
      await cluster.apply(moody.xr(String((metadata as JsonObject).name), 'works'), { manager: 'person' });
    const mended = stopwatch();
    for (const xr of [angry, dizzy])
      await cluster.wait(refOf(xr), (o) => hasCondition(o, 'Ready'), { timeoutMs: 4 * MINUTE });
    record('Blueprint that threw and spun', 'it is mended', mended());
    expect(await faultsOf(platform, before)).toEqual([]);
  });

  test('the apiserver is killed while XRs change, with its etcd kept', async () => {
    note();
    const { cluster } = platform;
    const before = await census(platform);
    await applyMany(platform, MANY, 'small');
    await cluster.restart('kube-apiserver', 2000);
    const seconds = stopwatch();
    if (cluster.crossplane.child.ended !== undefined) await cluster.crossplane.restart(); // as its Deployment would
    await allReady();
    record('apiserver killed while 8 XRs change', 'it answers again', seconds());
    expect(await faultsOf(platform, before)).toEqual([]);
  });

  test('the disk of the host’s cache is full', async () => {
    note();
    const { cluster } = platform;
    const before = await census(platform);
    const disk = fullDisk(join(cluster.directory, 'full'));
    try {
      await platform.host.child.stop();
      platform.host = await platform.startHost({ env: { BP_CACHE_DIR: disk.directory } });
      const late = moody.xr('late', 'works');
      await cluster.apply(late, { manager: 'person' });
      const seconds = stopwatch();
      await cluster.wait(refOf(late), (o) => hasCondition(o, 'Ready'), { timeoutMs: 2 * MINUTE });
      record(`host started anew with ${disk.what} for its cache`, 'an XR asks for a bundle', seconds());
      expect(platform.host.child.tail(1000)).toContain('Bundle not kept on disk');
      await applyMany(platform, MANY, 'medium');
      await allReady();
      expect(await faultsOf(platform, before)).toEqual([]);
    } finally {
      await platform.host.child.stop();
      disk.remove();
    }
    platform.host = await platform.startHost();
  });

  test('after all of it, everything can be deleted and nothing is left behind', async () => {
    note();
    const { cluster, published } = platform;
    writeJsonReport('faults.json', { recoveries });
    const rows = recoveries.map((r) => [r.fault, r.from, r.seconds.toFixed(1)]);
    writeSection('README.md', 'faults', table(['fault', 'everything Ready again, counted from', 's'], rows));
    const mine = [
      ...(await listXrs(cluster, published.project)).filter(
        (o) => textAt(o, 'metadata', 'namespace') === NAMESPACE,
      ),
      ...['calm', 'angry', 'dizzy', 'late'].map((name) => moody.xr(name, 'works')),
    ];
    for (const xr of mine) await cluster.delete(refOf(xr), { propagation: 'Foreground' });
    for (const xr of mine) await cluster.waitGone(refOf(xr));
    const left = [...(await composedObjects(cluster, published.project)).values()];
    expect(left.filter((o) => textAt(o, 'metadata', 'namespace') === NAMESPACE).map(nameOf)).toEqual([]);
    expect(await cluster.list('v1', 'ConfigMap', { namespace: NAMESPACE })).toEqual([]);
    expect(await unready()).toBe(0);
  });
});

interface FullDisk {
  readonly directory: string;
  readonly what: string;
  remove(): void;
}

/** A file system with no room left where we may mount one, else a path below a file, which cannot be written either. */
function fullDisk(directory: string): FullDisk {
  mkdirSync(directory, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'none', directory], { stdio: 'ignore' });
  } catch {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    return { directory: join(file, 'cache'), what: 'a path that cannot be written', remove: () => undefined };
  }
  try {
    for (let i = 0; ; i++) writeFileSync(join(directory, `filler-${i}`), Buffer.alloc(1024));
  } catch {
    // No space left: as it should be.
  }
  return { directory, what: 'a full disk', remove: () => void execFileSync('umount', [directory]) };
}
