import { setTimeout as delay } from 'node:timers/promises';
import { isObject } from '../../internal/json.ts';
import { hasCondition } from '../../render/objects.ts';
import { type ApiClient, refOf } from './api-client.ts';
import { FUNCTION_TLS_SECRET } from './crossplane.ts';

/** Keeps telling Crossplane where a Function runs. */
export interface AttachedFunction {
  stop(): Promise<void>;
}

const LOOK_MS = 300;
const REVISION = 'FunctionRevision';
const PACKAGES = 'pkg.crossplane.io/v1';

/**
 * Does what a package runtime would do for a Function that runs outside the cluster: writes the endpoint and a healthy
 * runtime into the status of every active revision, those that come later as well.
 * @param endpoint `dns:///localhost:9443`; the host must be a name in the function's certificate
 */
export function attachFunction(api: ApiClient, functionName: string, endpoint: string): AttachedFunction {
  const abort = new AbortController();
  const loop = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      // The kind may not be served yet, the apiserver may be restarting: the next look tells.
      await attachOnce(api, functionName, endpoint).catch(() => undefined);
      await delay(LOOK_MS, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  };
  const done = loop();
  return {
    async stop() {
      abort.abort();
      await done;
    },
  };
}

async function attachOnce(api: ApiClient, functionName: string, endpoint: string): Promise<void> {
  const labels = { 'pkg.crossplane.io/package': functionName };
  for (const revision of await api.list(PACKAGES, REVISION, { labels })) {
    const { spec, status } = revision;
    if (!isObject(spec) || spec.desiredState !== 'Active') continue;
    if (isObject(status) && status.endpoint === endpoint && hasCondition(revision, 'RuntimeHealthy'))
      continue;
    const { name } = refOf(revision);
    await api.apply(
      {
        apiVersion: PACKAGES,
        kind: REVISION,
        metadata: { name },
        status: {
          endpoint,
          tlsServerSecretName: FUNCTION_TLS_SECRET,
          conditions: [
            {
              type: 'RuntimeHealthy',
              status: 'True',
              reason: 'HealthyPackageRevision',
              lastTransitionTime: '2024-01-01T00:00:00Z',
            },
          ],
        },
      },
      { manager: 'external-runtime', subresource: 'status' },
    );
  }
}
