import {
  decodeResponse,
  encodeRequest,
  INPUT_API_VERSION,
  INPUT_KIND,
  type RequestData,
  type ResourceData,
  type Runner,
} from '../../lib/function/index.ts';
import type { Blueprint } from '../../lib/index.ts';
import type { JsonObject } from '../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';

/** The XR and what the cluster holds of it, as Crossplane would send it to a Blueprint. */
export function requestFor(
  blueprint: Blueprint,
  config: JsonObject,
  observed: ReadonlyMap<string, ResourceData> = new Map(),
  tag = 'b'.repeat(64),
): RequestData {
  const namespace = blueprint.scope === 'Namespaced' ? { namespace: 'team' } : {};
  return {
    tag,
    observed: {
      composite: {
        object: {
          apiVersion: COMPOSE_API_VERSION,
          kind: blueprint.kind,
          metadata: {
            name: 'bench',
            uid: '7e0c1f6e',
            generation: 2,
            ...namespace,
            managedFields: fieldsOf('xr'),
          },
          spec: { config, size: 'small' },
        },
      },
      resources: observed,
    },
    input: {
      apiVersion: INPUT_API_VERSION,
      kind: INPUT_KIND,
      blueprint: blueprint.name,
      version: blueprint.version,
    },
  };
}

/** What the cluster holds once everything that the Blueprint composes was applied, managedFields included. */
export async function observedAfter(
  runner: Runner,
  blueprint: Blueprint,
  config: JsonObject,
): Promise<Map<string, ResourceData>> {
  let observed = new Map<string, ResourceData>();
  for (let round = 0; round < 4; round++) {
    const answer = decodeResponse(await runner.run(encodeRequest(requestFor(blueprint, config, observed))));
    const fatal = answer.results.find((r) => r.severity === 'fatal');
    if (fatal !== undefined) throw new Error(fatal.message);
    const { resources } = answer.desired;
    if (resources.size === observed.size) break;
    observed = new Map([...resources].map(([name, { object }]) => [name, { object: settled(name, object) }]));
  }
  return observed;
}

function settled(name: string, object: JsonObject): JsonObject {
  const metadata = { ...(object.metadata as JsonObject), generation: 1, managedFields: fieldsOf(name) };
  const ready = { status: 'True', reason: 'Done', message: '' };
  const conditions = ['Ready', 'Synced', 'Available'].map((type) => ({ type, ...ready }));
  const counts = { replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3 };
  return { ...object, metadata, status: { observedGeneration: 1, ...counts, conditions, phase: 'Active' } };
}

function fieldsOf(name: string): JsonObject[] {
  const fields = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`f:${name}-${i}`, { 'f:value': {} }]),
  );
  return ['crossplane', 'kube-controller-manager'].map((manager) => ({
    manager,
    operation: 'Apply',
    apiVersion: 'v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:metadata': fields },
  }));
}
