import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../../internal/json.ts';
import { parseYaml } from '../../internal/yaml.ts';
import { hasCondition } from '../../render/objects.ts';
import { type ApiClient, describeStatus, refOf } from './api-client.ts';
import { type WaitOptions, waitFor } from './wait.ts';

/** Until the apiserver serves every CustomResourceDefinition there is, and there are those of these names. */
export async function untilEstablished(
  api: Pick<ApiClient, 'list'>,
  names: readonly string[] = [],
  options: WaitOptions = {},
): Promise<void> {
  await waitFor(
    'the CRDs to be established',
    async () => {
      const crds = await api.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
      const absent = names.filter((name) => !crds.some((crd) => refOf(crd).name === name));
      const waiting = crds.filter((crd) => !hasCondition(crd, 'Established'));
      const state = [
        ...waiting.map((crd) => `${refOf(crd).name}: ${describeStatus(crd)}`),
        ...absent.map((name) => `${name}: it does not exist`),
      ];
      return state.length === 0 ? { value: true } : { state: state.join('; ') };
    },
    options,
  );
}

/** Applies the CustomResourceDefinitions in the YAML files of a folder; none is served before `untilEstablished`. */
export async function applyDefinitions(
  api: Pick<ApiClient, 'apply'>,
  folder: string,
  manager: string,
): Promise<void> {
  for (const file of readdirSync(folder).filter((f) => f.endsWith('.yaml'))) {
    for (const crd of parseYaml(readFileSync(join(folder, file), 'utf8'), file).filter(isObject)) {
      // Large objects: an etcd on a busy machine may need another try.
      await waitFor(`CRD "${refOf(crd).name}" to be stored`, async () => ({
        value: await api.apply(crd, { manager }),
      }));
    }
  }
}
