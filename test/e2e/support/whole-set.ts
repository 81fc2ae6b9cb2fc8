import { assemblyOf } from '../../../lib/generate/files.ts';
import { composedKinds } from '../../../lib/generate/rbac.ts';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../../lib/model/names.ts';
import type { Project, ProjectBlueprint } from '../../../lib/project/index.ts';
import { type Cluster, describeStatus, hasCondition, waitFor } from '../../../lib/testing/cluster/index.ts';
import { listAt, nameOf, textAt } from './objects.ts';

/** The smallest one that a Blueprint shows. */
export function exampleOf(one: ProjectBlueprint): JsonObject {
  const [first] = one.examples.values();
  const example = one.examples.get('small') ?? first;
  if (example === undefined) throw new Error(`${one.blueprint.name} has no example`);
  return example;
}

/**
 * Cluster-scoped kinds that products nest in their smallest example: another XR of the same kind would want the same
 * namespace, and the one that comes second never gets it.
 */
export async function nestedKinds(project: Project): Promise<ReadonlySet<string>> {
  const all = [...project.blueprints.values()];
  const assembly = assemblyOf(project);
  const composed = await Promise.all(
    all.map((one) => composedKinds(one.blueprint, [exampleOf(one)], assembly)),
  );
  const cluster = new Set(all.filter((b) => b.blueprint.scope === 'Cluster').map((b) => b.blueprint.kind));
  const kinds = composed.flatMap((list) => [...list].filter((k) => k.apiVersion === COMPOSE_API_VERSION));
  return new Set(kinds.map((k) => k.kind).filter((kind) => cluster.has(kind)));
}

/** Namespaces that the examples live in. */
export async function makeNamespaces(cluster: Cluster, project: Project): Promise<void> {
  const names = [...project.blueprints.values()].map((b) => textAt(exampleOf(b), 'metadata', 'namespace'));
  for (const name of new Set(names.filter((n) => n !== '')))
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** One XR of every Blueprint; the installed packages are enough for it. */
export async function applyWholeSet(cluster: Cluster, project: Project): Promise<void> {
  await makeNamespaces(cluster, project);
  const nested = await nestedKinds(project);
  for (const one of project.blueprints.values())
    if (!nested.has(one.blueprint.kind)) await cluster.apply(exampleOf(one), { manager: 'person' });
}

/** Every XR of the cluster. */
export async function listXrs(cluster: Cluster, project: Project): Promise<readonly JsonObject[]> {
  const kinds = [...project.blueprints.values()].map((b) => b.blueprint.kind);
  return (await Promise.all(kinds.map((kind) => cluster.list(COMPOSE_API_VERSION, kind)))).flat();
}

/** Ready and Synced, each judged of this generation of its spec or a later one. */
export function isReadyAt(xr: JsonObject, generation: number): boolean {
  return ['Ready', 'Synced'].every((type) =>
    listAt(xr, 'status', 'conditions').some(
      (c) => c.type === type && c.status === 'True' && Number(c.observedGeneration) >= generation,
    ),
  );
}

/** Ready, Synced, and both judged of what its spec says now. */
export function isUpToDate(xr: JsonObject): boolean {
  const { generation } = xr.metadata as { readonly generation?: number };
  const conditions = (xr.status as { conditions?: readonly { type: string; observedGeneration?: number }[] })
    ?.conditions;
  const seen = conditions?.find((c) => c.type === 'Synced')?.observedGeneration ?? 0;
  return hasCondition(xr, 'Ready') && hasCondition(xr, 'Synced') && seen >= (generation ?? 0);
}

const LOOK_MS = 1000;
const STILL_MS = 3000;

/**
 * Until every XR is Ready and rests. Ready alone comes too early after a change: functions see objects as they were
 * before they are applied, so one reconcile still says Ready of what it is about to change.
 * @returns seconds until the last of them had come to rest
 */
export async function waitAllReady(cluster: Cluster, project: Project, timeoutMs = 240_000): Promise<number> {
  const start = performance.now();
  let still = { versions: '', since: 0 };
  await waitFor(
    'every XR to be Ready',
    async () => {
      const xrs = await listXrs(cluster, project);
      const waiting = xrs.filter((xr) => !isUpToDate(xr));
      const versions = xrs.map((xr) => textAt(xr, 'metadata', 'resourceVersion')).join();
      if (versions !== still.versions) still = { versions, since: performance.now() };
      if (xrs.length === 0 || waiting.length > 0) return { state: describe(waiting, xrs.length) };
      return performance.now() - still.since > STILL_MS ? { value: true } : { state: 'they still move' };
    },
    { timeoutMs, intervalMs: LOOK_MS },
  );
  return (still.since - start) / 1000;
}

function describe(waiting: readonly JsonObject[], all: number): string {
  const some = waiting.slice(0, 3).map((xr) => `${nameOf(xr)}: ${describeStatus(xr)}`);
  return `${waiting.length} of ${all} are not: ${some.join('; ')}`;
}
