import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { configVariants } from '../../lib/generate/variants.ts';
import type { JsonObject } from '../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import { crossplaneRights } from '../../lib/testing/cluster/crossplane-rights.ts';
import { hasCondition, type ObjectRef, refOf, waitFor } from '../../lib/testing/cluster/index.ts';
import { type Audit, auditOf } from './support/audit.ts';
import { missingParts } from './support/binaries.ts';
import { originals } from './support/chart.ts';
import { listAt, nameOf, objectAt } from './support/objects.ts';
import { unsynced } from './support/observe.ts';
import { composedRefs, type Operators, startOperators } from './support/operators.ts';
import { type Platform, startPlatform } from './support/platform.ts';
import { publishedRoles } from './support/published-roles.ts';
import { isReadyAt, listXrs } from './support/whole-set.ts';

const CORE = 'system:serviceaccount:crossplane-system:crossplane';
// In this order what a Blueprint depends on is there before it.
const ORDER = ['cert-manager', 'cnpg', 'external-secrets', 'keycloak', 'valkey', 'kserve'] as const;
const VALKEY: ObjectRef = {
  apiVersion: COMPOSE_API_VERSION,
  kind: 'Valkey',
  name: 'guarded',
  namespace: 'shop',
};
const MONITOR: ObjectRef = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PodMonitor',
  name: 'guarded-metrics',
  namespace: 'shop',
};

interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

const rightsOf = (role: JsonObject): readonly Right[] =>
  listAt(role, 'rules').flatMap((rule) =>
    strings(rule.apiGroups).flatMap((group) =>
      strings(rule.resources).flatMap((resource) =>
        strings(rule.verbs).map((verb) => ({ group, resource, verb })),
      ),
    ),
  );
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** What a role or binding gives, without names and labels. The controller writes the rules of an aggregated one. */
function grantOf(object: JsonObject): object {
  const { aggregationRule, roleRef, subjects } = object;
  const rules = listAt(object, 'rules').map((rule) => ({ ...rule, verbs: strings(rule.verbs).toSorted() }));
  return { rules: aggregationRule === undefined ? rules : [], aggregationRule, roleRef, subjects };
}

const ATTEMPTS = 8;
const ATTEMPT_MS = 6000;

describe.skipIf(missingParts)('core with no more rights than its chart and our ClusterRoles give', () => {
  let directory: string;
  let audit: Audit;
  let platform: Platform;
  let operators: Operators;
  let roles: readonly JsonObject[];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bp-rights-'));
    audit = auditOf(CORE, directory);
    platform = await startPlatform({ rbac: true, apiserverFlags: audit.flags });
    const { cluster, project, published } = platform;
    roles = await publishedRoles(published);
    operators = startOperators(cluster, project);
    for (const name of ['acme', 'shop', 'sovereign'])
      await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  });
  afterAll(async () => {
    await operators?.stop();
    await platform?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const note = (): void => {
    onTestFailed(() => void process.stderr.write(`${platform.report()}\n`));
  };
  const blueprintOf = (name: string) => {
    const found = platform.project.blueprints.get(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };

  async function mayCore({ group, resource, verb }: Right): Promise<boolean> {
    const review: JsonObject = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: CORE, resourceAttributes: { group, resource, verb } },
    };
    const answer = await platform.cluster.raw(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      review,
    );
    return objectAt(JSON.parse(answer) as JsonObject, 'status').allowed === true;
  }
  async function allowed(rights: readonly Right[]): Promise<readonly string[]> {
    const granted = await Promise.all(rights.map(mayCore));
    return rights.filter((_, i) => granted[i]).map((r) => `${r.group}/${r.resource} ${r.verb}`);
  }

  test.for(['ClusterRole', 'ClusterRoleBinding'])('every %s of the fixture is that of the chart', (kind) => {
    const chart = new Map(originals('crossplane-chart', kind).map((o) => [nameOf(o), grantOf(o)]));
    const ours = crossplaneRights('crossplane-system').filter((o) => o.kind === kind);
    expect(ours.length).toBeGreaterThan(1);
    for (const object of ours) expect(grantOf(object), nameOf(object)).toEqual(chart.get(nameOf(object)));
  });

  test('packages install without the ClusterRoles, and core has none of their rights from elsewhere', async () => {
    const rights = roles.flatMap(rightsOf);
    expect(rights.length).toBeGreaterThan(50);
    expect(await allowed(rights)).toEqual([]);
    for (const role of roles) await platform.cluster.apply(role, { manager: 'person' });
  });

  async function ready(xr: JsonObject): Promise<JsonObject> {
    const { cluster } = platform;
    const applied = await cluster.apply(xr, { manager: 'person' });
    const generation = Number(objectAt(applied, 'metadata').generation);
    return cluster.wait(refOf(applied), (o) => isReadyAt(o, generation), { timeoutMs: 60_000 });
  }

  /** With everything that a boolean of its config can switch on. */
  function everything(name: string): JsonObject {
    const { blueprint, examples } = blueprintOf(name);
    const example = examples.get('large') ?? {};
    const spec = objectAt(example, 'spec');
    const config = configVariants(blueprint.config.json, objectAt(spec, 'config'))[1] ?? {};
    return { ...example, spec: { ...spec, config } };
  }

  const sizes = ['small', 'large', 'everything'] as const;
  type Size = (typeof sizes)[number];
  const exampleOf = (name: string, size: Size): JsonObject =>
    size === 'everything' ? everything(name) : (blueprintOf(name).examples.get(size) ?? {});

  test.for(ORDER.flatMap((name) => sizes.map((size) => [name, size] as const)))(
    '%s, %s: composed and Ready',
    async ([name, size]) => {
      note();
      expect(composedRefs(await ready(exampleOf(name, size))).length).toBeGreaterThan(0);
    },
  );

  test('cortex: its member is composed and Ready, with the ClusterRole of the member', async () => {
    note();
    const { cluster } = platform;
    // Two of them would quarrel over one namespace.
    await deleted(refOf(exampleOf('kserve', 'small')));
    for (const size of sizes) {
      const product = refOf(await cluster.apply(exampleOf('cortex', size), { manager: 'person' }));
      const xr = await cluster.wait(product, (o) => hasCondition(o, 'Synced') && composedRefs(o).length > 0);
      // The product itself waits for members that are not published.
      for (const ref of composedRefs(xr)) await cluster.wait(ref, (o) => hasCondition(o, 'Ready'));
    }
  });

  test('no rule is there for nothing: core found, watched and applied every kind', () => {
    const used = audit.granted();
    const resources = roles.flatMap((role) =>
      listAt(role, 'rules').flatMap((rule) =>
        strings(rule.apiGroups).flatMap((group) => strings(rule.resources).map((r) => `${group}/${r}`)),
      ),
    );
    const unused = resources.flatMap((resource) =>
      ['list', 'watch', 'patch'].map((verb) => `${resource} ${verb}`).filter((right) => !used.has(right)),
    );
    expect(unused).toEqual([]);
  });

  const guarded = (monitored: boolean, storage: string): Promise<JsonObject> =>
    platform.cluster.apply(
      {
        apiVersion: VALKEY.apiVersion,
        kind: VALKEY.kind,
        metadata: { name: VALKEY.name, namespace: 'shop' },
        spec: {
          size: 'small',
          config: { auth: { enabled: false }, storage, monitoring: { podMonitorEnabled: monitored } },
        },
      },
      { manager: 'person' },
    );
  const isReady = (o: JsonObject): boolean => hasCondition(o, 'Ready') && hasCondition(o, 'Synced');

  /** Every role without this verb on PodMonitors, or without any. */
  function without(verb: string | undefined): readonly JsonObject[] {
    return roles.map((role) => ({
      ...role,
      rules: listAt(role, 'rules').flatMap((rule) => {
        if (!strings(rule.resources).includes('podmonitors')) return [rule];
        const verbs = strings(rule.verbs).filter((v) => v !== verb);
        return verb === undefined ? [] : [{ ...rule, verbs }];
      }),
    }));
  }
  async function grant(granted: readonly JsonObject[], verb: string, expected: boolean): Promise<void> {
    for (const role of granted) await platform.cluster.apply(role, { manager: 'person' });
    const right = { group: 'monitoring.coreos.com', resource: 'podmonitors', verb };
    await waitFor(`core to ${expected ? 'have' : 'lose'} ${verb}`, async () =>
      (await mayCore(right)) === expected ? { value: true } : { state: `it is ${!expected}` },
    );
  }

  const refused = (verb: string) => unsynced(`User "${CORE}" cannot ${verb} resource "podmonitors"`);

  test('a rule that is taken away is missed, by name, and given back it heals', async () => {
    note();
    const { cluster } = platform;
    await guarded(true, '2Gi');
    await cluster.wait(VALKEY, isReady);
    await grant(without(undefined), 'patch', false);
    await guarded(true, '3Gi');
    await cluster.wait(VALKEY, refused('patch'));
    await grant(roles, 'patch', true);
    await cluster.wait(VALKEY, isReady);
  });

  /** Core reads the object itself only while its cache does not have it: a race, so that one attempt may pass. */
  async function missed(verb: string, provoke: () => Promise<unknown>, what: string): Promise<void> {
    for (let left = ATTEMPTS - 1; ; left--) {
      await provoke();
      try {
        await platform.cluster.wait(VALKEY, refused(verb), { what, timeoutMs: ATTEMPT_MS });
        return;
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  }

  const recreate = async (): Promise<unknown> => platform.cluster.delete(MONITOR);
  const switchOff = async (): Promise<unknown> => guarded(false, '3Gi');
  const verbs = {
    get: { reason: 'an object that the cache does not have is asked for', provoke: recreate },
    create: { reason: 'an object that is not there is applied', provoke: recreate },
    update: { reason: 'what is no longer desired loses its labels', provoke: switchOff },
    delete: { reason: 'what is no longer desired goes', provoke: switchOff },
  };
  test.for(Object.entries(verbs))('no verb is there for nothing: %s', async ([verb, { reason, provoke }]) => {
    note();
    const { cluster } = platform;
    await guarded(true, '3Gi');
    await cluster.wait(VALKEY, isReady);
    await cluster.wait(MONITOR, () => true);
    await grant(without(verb), verb, false);
    await missed(verb, provoke, reason);
    await grant(roles, verb, true);
    await cluster.wait(VALKEY, isReady);
  });

  async function deleted(ref: ObjectRef): Promise<void> {
    const { cluster } = platform;
    const composed = composedRefs((await cluster.get(ref)) ?? {});
    await cluster.delete(ref, { propagation: 'Foreground' });
    for (const gone of [ref, ...composed]) await cluster.waitGone(gone);
  }

  test('every XR can be deleted with all that it composed', async () => {
    note();
    const { cluster, project } = platform;
    const xrs = await listXrs(cluster, project);
    const roots = xrs.filter((xr) => listAt(xr, 'metadata', 'ownerReferences').length === 0);
    expect(roots.length).toBeGreaterThan(ORDER.length);
    await Promise.all(roots.map((xr) => deleted(refOf(xr))));
  });
});
