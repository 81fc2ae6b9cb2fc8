import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolkitError } from '../../errors.ts';
import { isObject } from '../../internal/json.ts';
import { formatYaml } from '../../internal/yaml.ts';
import { type ControlPlane, kubeconfigOf } from './control-plane.ts';
import { CROSSPLANE_NAMESPACE } from './crossplane.ts';
import { CORE_ACCOUNT, crossplaneRights, RBAC_MANAGER_ACCOUNT } from './crossplane-rights.ts';

type Plane = Pick<ControlPlane, 'api' | 'url' | 'ca'>;

/** Paths of kubeconfigs, each with the rights of one ServiceAccount. */
export interface CrossplaneAccounts {
  readonly core: string;
  readonly rbacManager: string;
}

const TOKEN_SECONDS = 24 * 60 * 60; // longer than any test, so that nothing has to renew it

/** What the Helm chart makes before it starts anything: namespace, ServiceAccounts, roles and bindings. */
export async function createCrossplaneAccounts(plane: Plane, directory: string): Promise<CrossplaneAccounts> {
  const { api } = plane;
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: CROSSPLANE_NAMESPACE } });
  for (const object of crossplaneRights(CROSSPLANE_NAMESPACE)) await api.apply(object);
  return {
    core: await writeAccount(plane, CORE_ACCOUNT, directory),
    rbacManager: await writeAccount(plane, RBAC_MANAGER_ACCOUNT, directory),
  };
}

async function writeAccount(plane: Plane, name: string, directory: string): Promise<string> {
  const namespace = CROSSPLANE_NAMESPACE;
  await plane.api.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  const answer: unknown = JSON.parse(
    await plane.api.raw('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    }),
  );
  const status = isObject(answer) && isObject(answer.status) ? answer.status : {};
  if (typeof status.token !== 'string')
    throw new ToolkitError('network', `Cannot act as ServiceAccount "${name}": the apiserver gave no token`);
  const path = join(directory, `${name}.kubeconfig`);
  writeFileSync(path, formatYaml(kubeconfigOf(plane.url, plane.ca, status.token)), { mode: 0o600 });
  return path;
}
