import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import type { ProjectBlueprint } from '../../lib/project/index.ts';
import {
  type Cluster,
  describeStatus,
  hasCondition,
  refOf,
  startCluster,
  waitFor,
} from '../../lib/testing/cluster/index.ts';
import { clusterBinaries, missingParts } from './support/binaries.ts';
import { composedRefs, type Operators, startOperators } from './support/operators.ts';
import {
  ADVISED_BREAKER,
  defineComposedKinds,
  install,
  isInstalled,
  type Published,
  packageName,
  publishAll,
  type RunningHost,
  serveBlueprints,
} from './support/platform.ts';
import { writeJsonReport, writeReport } from './support/reports.ts';
import { type Timeline, type TimelineRow, timelineSvg } from './support/timeline.ts';
import { exampleOf, makeNamespaces, nestedKinds } from './support/whole-set.ts';

const LOOK_MS = 100;
const ALL_READY_MS = 240_000;

/** How far one Blueprint has come, in seconds. */
interface Progress {
  installed?: number;
  composed?: number;
  ready?: number;
  objects: number;
  state: string;
}

// Whatever there is in this repository: a Blueprint that is added is part of it from its first commit.
describe.skipIf(missingParts)('the whole platform in one run', () => {
  let published: Published;
  let cluster: Cluster;
  let host: RunningHost;
  let operators: Operators;
  let nested: ReadonlySet<string>;

  beforeAll(async () => {
    published = await publishAll();
    const { project } = published;
    cluster = await startCluster({ binaries: clusterBinaries(), crossplaneFlags: [ADVISED_BREAKER] });
    await defineComposedKinds(cluster, project);
    host = await serveBlueprints(cluster, project);
    nested = await nestedKinds(project);
    operators = startOperators(cluster, project);
    await makeNamespaces(cluster, project);
  });
  afterAll(async () => {
    await operators?.stop();
    await host?.stop();
    await cluster?.stop();
    await published?.close();
  });

  /** Moves one Blueprint on: its XR is applied once its package is installed, unless a product brings one along. */
  async function look(one: ProjectBlueprint, progress: Progress, now: number): Promise<void> {
    if (progress.ready !== undefined) return;
    const { name } = one.blueprint;
    if (progress.installed === undefined) {
      const state = await isInstalled(cluster, one);
      if (state !== undefined) {
        progress.state = state;
        return;
      }
      progress.installed = now;
      if (!nested.has(one.blueprint.kind)) await cluster.apply(exampleOf(one), { manager: 'person' });
    }
    const [xr = {}] = await cluster.list(COMPOSE_API_VERSION, one.blueprint.kind);
    progress.objects = composedRefs(xr).length;
    if (progress.objects > 0) progress.composed ??= now;
    if (hasCondition(xr, 'Ready') && hasCondition(xr, 'Synced')) progress.ready = now;
    progress.state = `${name}: ${describeStatus(xr)}`;
  }

  test('every Blueprint is installed, and one XR of each is Ready', {
    timeout: ALL_READY_MS * 2,
  }, async () => {
    onTestFailed(
      () =>
        void process.stderr.write(`${cluster.logs('crossplane', 30)}\n${host.log.slice(-20).join('\n')}\n`),
    );
    const { project, results } = published;
    const all = [...project.blueprints.values()];
    expect(results.map((r) => r.name).sort(), 'published').toEqual([...project.blueprints.keys()].sort());
    const progress = new Map(all.map((one) => [one, { objects: 0, state: '' } as Progress]));
    const start = performance.now();
    for (const result of results) {
      const one = project.blueprints.get(result.name);
      if (one !== undefined) await install(cluster, packageName(one), `${result.repository}:${result.tag}`);
    }
    await waitFor(
      'every XR to be Ready',
      async () => {
        await Promise.all([...progress].map(([one, p]) => look(one, p, (performance.now() - start) / 1000)));
        const waiting = [...progress.values()].filter((p) => p.ready === undefined);
        return waiting.length === 0 ? { value: true } : { state: waiting.map((p) => p.state).join('; ') };
      },
      { timeoutMs: ALL_READY_MS, intervalMs: LOOK_MS },
    );
    const timeline = timelineOf(progress);
    writeJsonReport('whole.json', timeline);
    writeReport('whole.svg', timelineSvg(timeline));
    for (const { name, installed, composed, ready, objects } of timeline.rows) {
      expect(objects, name).toBeGreaterThan(0);
      expect([installed, composed, ready], name).toEqual(
        [installed, composed, ready].toSorted((a, b) => a - b),
      );
    }
  });

  test('nothing is broken beside what was asked for', async () => {
    const packages = await Promise.all(
      ['Configuration', 'Function'].map((kind) => cluster.list('pkg.crossplane.io/v1', kind)),
    );
    const sick = packages.flat().filter((p) => !hasCondition(p, 'Healthy') || !hasCondition(p, 'Installed'));
    expect(sick.map((p) => `${refOf(p).name}: ${describeStatus(p)}`)).toEqual([]);
    expect(packages[0]?.length).toBe(published.project.blueprints.size);
  });
});

function timelineOf(progress: ReadonlyMap<ProjectBlueprint, Progress>): Timeline {
  const round = (seconds: number | undefined): number => Math.round((seconds ?? 0) * 10) / 10;
  const rows = [...progress].map(
    ([{ blueprint }, p]): TimelineRow => ({
      name: blueprint.name,
      version: blueprint.version,
      objects: p.objects,
      installed: round(p.installed),
      composed: round(p.composed),
      ready: round(p.ready),
    }),
  );
  const version = execFileSync(clusterBinaries().crossplane, ['--version'], { encoding: 'utf8' }).trim();
  return { crossplane: version, cores: availableParallelism(), rows };
}
