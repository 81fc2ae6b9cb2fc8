import { assemblyOf } from '../../../lib/generate/files.ts';
import { settleInput } from '../../../lib/generate/settled.ts';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { COMPOSE_API_VERSION, COMPOSE_GROUP } from '../../../lib/model/names.ts';
import type { Project } from '../../../lib/project/index.ts';
import type { RenderResult } from '../../../lib/render/index.ts';
import { settle } from '../../../lib/render/index.ts';
import type { Cluster } from '../../../lib/testing/cluster/index.ts';
import { COMPOSITE_LABEL, labelOf, objectKey, textAt } from './objects.ts';
import { listXrs } from './whole-set.ts';

/**
 * What `bp render --until-ready` says that an XR comes to. Of the live XR it is told nothing but identity and spec; of
 * the cluster, what functions may ask for: the other XRs and the EnvironmentConfig.
 */
export async function predict(
  cluster: Cluster,
  project: Project,
  live: JsonObject,
  expected: { readonly ready: boolean } = { ready: true },
): Promise<ReadonlyMap<string, RenderResult>> {
  const one = [...project.blueprints.values()].find((b) => b.blueprint.kind === live.kind);
  if (one === undefined) throw new Error(`no Blueprint has kind ${String(live.kind)}`);
  const [name, namespace, uid] = ['name', 'namespace', 'uid'].map((key) => textAt(live, 'metadata', key));
  const { crossplane: _, ...spec } = live.spec as JsonObject;
  const xr = {
    apiVersion: COMPOSE_API_VERSION,
    kind: String(live.kind),
    metadata: {
      name: name ?? '',
      uid: uid ?? '',
      ...(namespace ? { namespace } : {}),
      // Of a nested XR it names the product, after which everything below is named.
      labels: { [COMPOSITE_LABEL]: labelOf(live, COMPOSITE_LABEL) || (name ?? '') },
    },
    spec,
  };
  const input = settleInput(assemblyOf(project), one.blueprint, xr);
  const required = [
    ...(await cluster.list('apiextensions.crossplane.io/v1beta1', 'EnvironmentConfig')),
    ...(await listXrs(cluster, project)).filter((other) => objectKey(other) !== objectKey(live)),
  ];
  // As it was installed: the published Composition names the bundle that it was built with.
  const installed = await cluster.get({
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    name: `${one.blueprint.plural}.${COMPOSE_GROUP}`,
  });
  const composition = installed ?? input.composition;
  const result = await settle({ ...input, composition, required });
  if (expected.ready && !result.ready)
    throw new Error(`predicted not to be ready: ${JSON.stringify(result.waitingFor)}`);
  return result.reconciles;
}
