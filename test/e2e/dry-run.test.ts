import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBp } from '../../lib/cli/io.test-helper.ts';
import { generateXrd } from '../../lib/generate/xrd.ts';
import type { JsonObject } from '../../lib/internal/json.ts';
import { parseYaml } from '../../lib/internal/yaml.ts';
import { applyDifference } from '../../lib/kinds/difference.ts';
import { findKind } from '../../lib/kinds/index.ts';
import { loadProject, type Project } from '../../lib/project/index.ts';
import { schemaOfXr, validateObject } from '../../lib/project/validate-object.ts';
import { untilEstablished } from '../../lib/testing/cluster/established.ts';
import { ApiError, type Cluster, refOf, startCluster } from '../../lib/testing/cluster/index.ts';
import { clusterBinaries, missingParts } from './support/binaries.ts';
import { ALLOWED } from './support/judge/allowed.ts';
import { type Case, generateCases, NAMESPACE } from './support/judge/cases.ts';
import { celCostCases } from './support/judge/cel-costs.ts';
import { upstreamCrds } from './support/judge/upstream-crds.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const UPDATES = join(import.meta.dirname, 'support', 'judge', 'updates.yaml');
const SEED = 20_26;
const COUNT = 1000;
const AT_LEAST_SAME = 990;
const PER_FILE = 50; // a file that bp reads has a bound
const AT_ONCE = 12;
const DEFINED_AT_ONCE = 3; // CRDs, the largest of them half a megabyte
const DEFINE_TIMEOUT_MS = 240_000;
const LOOK_MS = 1500; // each look is megabytes of CRDs, which the apiserver writes out instead of establishing them

describe.skipIf(missingParts)('bp validate and a real apiserver judge the same objects', () => {
  let cluster: Cluster;
  let project: Project;
  let cases: readonly Case[];

  beforeAll(async () => {
    const starting = startCluster({ binaries: clusterBinaries() });
    project = await loadProject(ROOT);
    const blueprints = [...project.blueprints.values()];
    const crds = upstreamCrds();
    cluster = await starting;
    await define(cluster, [...crds, ...blueprints.map((b) => generateXrd(b.blueprint))]);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    const xrs = blueprints.flatMap(({ blueprint, examples }) =>
      [...examples.values()].map((xr) => ({ xr, schema: schemaOfXr(blueprint) })),
    );
    cases = generateCases({ count: COUNT, seed: SEED, crds, xrs });
  });
  afterAll(() => cluster?.stop());

  test(`${COUNT} generated objects, half of them mutated: the same verdict for ${AT_LEAST_SAME}, a reason for the rest`, async () => {
    const [ours, theirs] = [await judgeWithBp(cases), await judgeWithApiserver(cluster, cases)];
    const kinds = new Set(cases.map(({ object }) => `${String(object.apiVersion)} ${String(object.kind)}`));
    expect(kinds.size).toBeGreaterThanOrEqual(30);
    const valid = cases.filter((_, i) => theirs[i] === undefined).length;
    expect(valid, 'neither nearly all are valid nor nearly none').toBeGreaterThan(COUNT / 3);
    expect(COUNT - valid).toBeGreaterThan(COUNT / 4);

    const differ = cases.flatMap((one, i) => {
      const [us, them] = [ours[i], theirs[i]];
      return (us === undefined) === (them === undefined) ? [] : [{ one, us, them, said: us ?? them ?? '' }];
    });
    const unexplained = differ.filter(
      ({ one, said }) => !ALLOWED.some((allowed) => allowed.covers(one, said)),
    );
    const told = unexplained.map(
      ({ one, us, them }) =>
        `${String(one.object.kind)} [${one.mutation ?? 'as made'}]\n  bp: ${us ?? 'valid'}\n  apiserver: ${them ?? 'valid'}`,
    );
    expect(told, 'differences without a reason').toEqual([]);
    process.stdout.write(`same verdict for ${COUNT - differ.length} of ${COUNT}, ${valid} of them valid\n`);
    expect(COUNT - differ.length).toBeGreaterThanOrEqual(AT_LEAST_SAME);
  });

  test('CEL rules of a CRD: the same ones compile, and the same ones are too dear', async () => {
    const verdicts = [];
    for (const { name, reason, crd } of celCostCases()) {
      const ours = validateObject(crd, [])
        .issues.map(({ path, message }) => `${path} ${message}`)
        .join('; ');
      const theirs = await refusal(cluster, crd);
      verdicts.push({ name, reason, ours, theirs: theirs ?? '' });
    }
    const differ = verdicts.filter(({ ours, theirs }) => (ours === '') !== (theirs === ''));
    expect(differ).toEqual([]);
    const dear = verdicts.filter(({ theirs }) => /estimated rule cost/.test(theirs));
    expect(dear.length, 'some are refused for their cost').toBeGreaterThanOrEqual(4);
    for (const { name, ours } of dear)
      expect(ours, name).toMatch(/costs up to .* more than the apiserver's limit/);
  });

  test('updates: what cannot be changed in place is the same for both', async () => {
    const [pairs] = parseYaml(readFileSync(UPDATES, 'utf8'), UPDATES);
    const verdicts = [];
    for (const [name, pair] of Object.entries(pairs as JsonObject)) {
      const { object, change } = pair as { object: JsonObject; change: JsonObject };
      const { scope } = findKind(String(object.apiVersion), String(object.kind)) ?? {};
      const namespace = scope === 'Cluster' ? {} : { namespace: NAMESPACE };
      const stored = { ...object, metadata: { name, ...namespace } };
      const changed = applyDifference(stored, change);
      await cluster.apply(stored, { manager: 'judge' });
      verdicts.push({
        name,
        ours: await judgeUpdate(stored, changed),
        theirs: (await refusal(cluster, changed)) ?? '',
      });
    }
    expect(verdicts.filter(({ ours, theirs }) => (ours === '') !== (theirs === ''))).toEqual([]);
    expect(verdicts.filter(({ theirs }) => theirs !== '').length).toBeGreaterThanOrEqual(8);
  });
});

/** What `bp validate --previous` says, empty for an update that may be made. */
async function judgeUpdate(stored: JsonObject, changed: JsonObject): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'bp-updated-'));
  try {
    writeFileSync(join(directory, 'old.yaml'), JSON.stringify(stored));
    writeFileSync(join(directory, 'new.yaml'), JSON.stringify(changed));
    const [old, now] = [join(directory, 'old.yaml'), join(directory, 'new.yaml')];
    const ran = await runBp(['validate', now, '--previous', old, '-o', 'json', '-C', ROOT]);
    const { findings } = JSON.parse(ran.stdout) as { findings: { path: string; message: string }[] };
    return findings.map(({ path, message }) => `${path} ${message}`).join('; ');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Makes kinds known to the apiserver and waits until it serves them. */
async function define(cluster: Cluster, definitions: readonly JsonObject[]): Promise<void> {
  await inParallel(DEFINED_AT_ONCE, definitions, (definition) => cluster.create(definition));
  const own = definitions.filter((d) => d.kind === 'CompositeResourceDefinition').map((d) => refOf(d).name);
  await untilEstablished(cluster, own, { timeoutMs: DEFINE_TIMEOUT_MS, intervalMs: LOOK_MS });
}

/** What `bp validate` says of each: undefined for a valid one. */
async function judgeWithBp(cases: readonly Case[]): Promise<readonly (string | undefined)[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bp-judged-'));
  try {
    const said = new Map<number, string>();
    for (let from = 0; from < cases.length; from += PER_FILE) {
      const objects = cases.slice(from, from + PER_FILE).map(({ object }) => JSON.stringify(object));
      const file = join(directory, `${from}.yaml`);
      writeFileSync(file, objects.join('\n---\n'));
      const ran = await runBp(['validate', file, '-o', 'json', '-C', ROOT]);
      const { findings } = JSON.parse(ran.stdout) as {
        findings: { file: string; path: string; message: string }[];
      };
      for (const { file: place, path, message } of findings) {
        const index = from + Number(/#(\d+)/.exec(place)?.[1] ?? 1) - 1;
        said.set(index, `${said.get(index) ?? ''}${path} ${message}; `);
      }
    }
    return cases.map((_, i) => said.get(i));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What a server-side dry run says of each, with strict field validation. */
async function judgeWithApiserver(
  cluster: Cluster,
  cases: readonly Case[],
): Promise<readonly (string | undefined)[]> {
  const said: (string | undefined)[] = [];
  await inParallel(AT_ONCE, cases, async ({ object }, i) => {
    said[i] = await refusal(cluster, object);
  });
  return cases.map((_, i) => said[i]);
}

async function inParallel<T>(
  atOnce: number,
  items: readonly T[],
  run: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) await run(items[i] as T, i);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function refusal(cluster: Cluster, object: JsonObject): Promise<string | undefined> {
  const query = new URLSearchParams({
    dryRun: 'All',
    fieldManager: 'judge',
    force: 'true',
    fieldValidation: 'Strict',
  });
  try {
    await cluster.raw('PATCH', `${pathOf(object)}?${query}`, object, 'application/apply-patch+yaml');
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

function pathOf(object: JsonObject): string {
  const { apiVersion, kind, name, namespace } = refOf(object);
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = findKind(apiVersion, kind)?.plural ?? `${kind.toLowerCase()}s`;
  const below = namespace === undefined ? '' : `/namespaces/${NAMESPACE}`;
  return `${base}${below}/${plural}/${encodeURIComponent(name)}`;
}
