import type { JsonObject } from '../../internal/json.ts';

/** Names as the Helm chart gives them in a release called `crossplane`. */
export const CORE_ACCOUNT = 'crossplane';
export const RBAC_MANAGER_ACCOUNT = 'rbac-manager';
export const PROVIDER_ROLE = 'crossplane:allowed-provider-permissions';

const RBAC = 'rbac.authorization.k8s.io';
const EDIT = ['get', 'list', 'create', 'update', 'patch', 'watch', 'delete'];
const READ = ['get', 'list', 'watch'];
const RECORD = ['create', 'update', 'patch', 'delete'];
const ALL = ['*'];

/** `groups/resources/verbs` of one rule. */
type Rule = readonly [apiGroups: readonly string[], resources: readonly string[], verbs: readonly string[]];

const CORE_RULES: readonly Rule[] = [
  [[''], ['events'], RECORD],
  [['apiextensions.k8s.io'], ['customresourcedefinitions', 'customresourcedefinitions/status'], ALL],
  [[''], ['secrets'], EDIT],
  [[''], ['serviceaccounts', 'services'], ALL],
  [
    ['apiextensions.crossplane.io', 'ops.crossplane.io', 'pkg.crossplane.io', 'protection.crossplane.io'],
    ['*'],
    ALL,
  ],
  [['extensions', 'apps'], ['deployments'], EDIT],
  [['', 'coordination.k8s.io'], ['configmaps', 'leases'], EDIT],
  [
    ['admissionregistration.k8s.io'],
    ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    EDIT,
  ],
];

const RBAC_MANAGER_RULES: readonly Rule[] = [
  [[''], ['events'], RECORD],
  [[''], ['namespaces'], READ],
  [['apps'], ['deployments'], READ],
  [[''], ['namespaces/finalizers'], ['update']],
  [['apiextensions.crossplane.io'], ['compositeresourcedefinitions'], READ],
  [['apiextensions.crossplane.io'], ['compositeresourcedefinitions/finalizers'], ['update']],
  [['pkg.crossplane.io'], ['providerrevisions'], READ],
  [['pkg.crossplane.io'], ['providerrevisions/finalizers'], ['update']],
  [['apiextensions.k8s.io'], ['customresourcedefinitions'], READ],
  [[RBAC], ['clusterroles', 'roles'], [...READ, 'create', 'update', 'patch', 'escalate']],
  [[RBAC], ['clusterroles'], ['bind']],
  [[RBAC], ['clusterrolebindings'], ALL],
  [['', 'coordination.k8s.io'], ['configmaps', 'leases'], EDIT],
];

/**
 * The roles and bindings that give core and its RBAC manager their rights: what the Helm chart of Crossplane v2.3.4
 * installs. Core's role aggregates whatever carries `rbac.crossplane.io/aggregate-to-crossplane: "true"`.
 */
export function crossplaneRights(namespace: string): readonly JsonObject[] {
  return [
    aggregated('crossplane', 'crossplane'),
    role('crossplane:system:aggregate-to-crossplane', CORE_RULES, {
      'rbac.crossplane.io/aggregate-to-crossplane': 'true',
    }),
    binding('crossplane', CORE_ACCOUNT, namespace),
    role('crossplane-rbac-manager', RBAC_MANAGER_RULES),
    binding('crossplane-rbac-manager', RBAC_MANAGER_ACCOUNT, namespace),
    aggregated(PROVIDER_ROLE, 'allowed-provider-permissions'),
  ];
}

function role(name: string, rules: readonly Rule[], labels: JsonObject = {}): JsonObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name, labels },
    rules: rules.map(([apiGroups, resources, verbs]) => ({ apiGroups, resources, verbs })),
  };
}

/** Its rules are the controller's to write, so it comes without. */
function aggregated(name: string, to: string): JsonObject {
  const matchLabels = { [`rbac.crossplane.io/aggregate-to-${to}`]: 'true' };
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
  };
}

function binding(name: string, account: string, namespace: string): JsonObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  };
}
