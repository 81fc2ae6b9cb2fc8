import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../internal/json.ts';
import { parseYaml } from '../internal/yaml.ts';
import { checkServed } from './index.ts';

const CONTAINER: JsonObject = { name: 'web', image: 'web:1', ports: [{ name: 'http', containerPort: 8080 }] };
const podOf = (pod: JsonObject): JsonObject => ({
  selector: { matchLabels: { app: 'web' } },
  template: { metadata: { labels: { app: 'web' } }, spec: { containers: [CONTAINER], ...pod } },
});
const container = (more: JsonObject): JsonObject => podOf({ containers: [{ ...CONTAINER, ...more }] });
const AT = 'spec.template.spec';

const kinds: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  Ingress: 'networking.k8s.io/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  StorageClass: 'storage.k8s.io/v1',
};

function pathsOf(kind: string, object: JsonObject, minor = 35): readonly string[] {
  const apiVersion = kinds[kind] ?? 'v1';
  const [group = '', version] = apiVersion.split('/');
  const served = { group: version === undefined ? '' : group, kind, scope: 'Namespaced' } as const;
  const whole = { apiVersion, kind, metadata: { name: 'a' }, ...object };
  const own = { schema: {}, minor, definition: () => undefined };
  return checkServed(whole, served, own).map((issue) => issue.path);
}

interface Row {
  readonly reason: string;
  readonly spec: JsonObject;
  /** Path of the one finding; absent where there is none. */
  readonly at?: string;
}

function rows(kind: string, cases: Readonly<Record<string, Row>>): void {
  describe(kind, () => {
    test.for(Object.entries(cases))('%s', ([, { reason, spec, at }]) => {
      expect(pathsOf(kind, { spec }), reason).toEqual(at === undefined ? [] : [at]);
    });
  });
}

rows('Pod', {
  Fine: { reason: 'a pod may end', spec: { restartPolicy: 'OnFailure', containers: [CONTAINER] } },
  NoContainer: { reason: 'a pod runs something', spec: {}, at: 'spec.containers' },
  Restart: {
    reason: 'no such policy',
    spec: { restartPolicy: 'Sometimes', containers: [CONTAINER] },
    at: 'spec.restartPolicy',
  },
  Volume: {
    reason: 'nothing of this name to mount',
    spec: { containers: [{ ...CONTAINER, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
    at: 'spec.containers[0].volumeMounts[0].name',
  },
});

rows('Deployment', {
  Fine: { reason: 'nothing is wrong', spec: podOf({}) },
  OtherLabels: {
    reason: 'the Deployment would never find its own pods',
    spec: { ...podOf({}), selector: { matchLabels: { app: 'other' } } },
    at: 'spec.template.metadata.labels',
  },
  NoSelector: {
    reason: 'it has no default',
    spec: { template: podOf({}).template ?? {} },
    at: 'spec.selector',
  },
  NoContainers: { reason: 'a pod has one', spec: podOf({ containers: [] }), at: `${AT}.containers` },
  TwoNames: {
    reason: 'names of containers are unique, init containers included',
    spec: podOf({ initContainers: [{ name: 'web', image: 'a' }] }),
    at: `${AT}.initContainers[0].name`,
  },
  PortName: {
    reason: 'a port name has at most 15 characters',
    spec: container({ ports: [{ name: 'metrics-and-health', containerPort: 1 }] }),
    at: `${AT}.containers[0].ports[0].name`,
  },
  Port: {
    reason: 'ports end at 65535',
    spec: container({ ports: [{ containerPort: 70000 }] }),
    at: `${AT}.containers[0].ports[0].containerPort`,
  },
  NoVolume: {
    reason: 'a mount leads to a volume of the pod',
    spec: container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    at: `${AT}.containers[0].volumeMounts[0].name`,
  },
  Probe: {
    reason: 'a probe does one thing',
    spec: container({ livenessProbe: { periodSeconds: 5 } }),
    at: `${AT}.containers[0].livenessProbe`,
  },
  LiveTwice: {
    reason: 'only readiness may ask for more than one success',
    spec: container({ livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } }),
    at: `${AT}.containers[0].livenessProbe.successThreshold`,
  },
  InitProbe: {
    reason: 'an init container is done before anybody probes',
    spec: podOf({ initContainers: [{ name: 'a', image: 'a', livenessProbe: { tcpSocket: { port: 1 } } }] }),
    at: `${AT}.initContainers[0].livenessProbe`,
  },
  Sidecar: {
    reason: 'unless it keeps running',
    spec: podOf({
      initContainers: [
        { name: 'a', image: 'a', restartPolicy: 'Always', livenessProbe: { tcpSocket: { port: 1 } } },
      ],
    }),
  },
  Env: {
    reason: 'an equals sign ends the name',
    spec: container({ env: [{ name: 'A=B' }] }),
    at: `${AT}.containers[0].env[0].name`,
  },
  EnvTwice: {
    reason: 'a value or a reference',
    spec: container({
      env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    }),
    at: `${AT}.containers[0].env[0].valueFrom`,
  },
  Requests: {
    reason: 'nobody is given more than the limit',
    spec: container({ resources: { requests: { cpu: '2' }, limits: { cpu: '500m' } } }),
    at: `${AT}.containers[0].resources.requests.cpu`,
  },
  Resource: {
    reason: 'a resource of somebody else has a prefix',
    spec: container({ resources: { limits: { gpu: '1' } } }),
    at: `${AT}.containers[0].resources.limits.gpu`,
  },
  Escalation: {
    reason: 'a privileged container cannot promise that',
    spec: container({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    at: `${AT}.containers[0].securityContext.allowPrivilegeEscalation`,
  },
  VolumeWithoutSource: { reason: 'it is an emptyDir', spec: podOf({ volumes: [{ name: 'a' }] }) },
  TwoSources: {
    reason: 'a volume has one',
    spec: podOf({ volumes: [{ name: 'a', emptyDir: {}, hostPath: { path: '/' } }] }),
    at: `${AT}.volumes[0]`,
  },
  Toleration: {
    reason: 'no key tolerates everything, so it must Exist',
    spec: podOf({ tolerations: [{ operator: 'Equal' }] }),
    at: `${AT}.tolerations[0].operator`,
  },
  Weight: {
    reason: 'weights go from 1 to 100',
    spec: podOf({
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 101, podAffinityTerm: { topologyKey: 'zone' } },
          ],
        },
      },
    }),
    at: `${AT}.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight`,
  },
  RestartOnce: {
    reason: 'its pods always restart',
    spec: podOf({ restartPolicy: 'Never' }),
    at: `${AT}.restartPolicy`,
  },
  Recreate: {
    reason: 'there is nothing to roll',
    spec: { ...podOf({}), strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
    at: 'spec.strategy.rollingUpdate',
  },
  Deadlock: {
    reason: 'with neither more nor fewer pods nothing moves',
    spec: { ...podOf({}), strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } },
    at: 'spec.strategy.rollingUpdate.maxUnavailable',
  },
});

rows('StatefulSet', {
  Claim: {
    reason: 'the volumes of its claims are the pod’s',
    spec: {
      ...container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  },
});

const schedule = (text: string): JsonObject => ({
  schedule: text,
  jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [CONTAINER] } } } },
});
rows('CronJob', {
  Fine: { reason: 'every five minutes', spec: schedule('*/5 * * * *') },
  Names: { reason: 'days and months have names', spec: schedule('0 3 1-7 jan,JUL mon-fri') },
  Daily: { reason: 'a word', spec: schedule('@daily') },
  SixFields: { reason: 'seconds are another dialect', spec: schedule('0 0 3 * * *'), at: 'spec.schedule' },
  Hour: { reason: 'a day has no hour 24', spec: schedule('0 24 * * *'), at: 'spec.schedule' },
  Zone: { reason: 'it has a field of its own', spec: schedule('TZ=UTC 0 3 * * *'), at: 'spec.schedule' },
  NoZone: {
    reason: 'no such place',
    spec: { ...schedule('@daily'), timeZone: 'Europe/Wien' },
    at: 'spec.timeZone',
  },
});

rows('Job', {
  Restart: {
    reason: 'a Job that always restarts never ends',
    spec: { template: { spec: { containers: [CONTAINER] } } },
    at: 'spec.template.spec.restartPolicy',
  },
  Indexed: {
    reason: 'how many?',
    spec: {
      completionMode: 'Indexed',
      template: { spec: { restartPolicy: 'Never', containers: [CONTAINER] } },
    },
    at: 'spec.completions',
  },
});

rows('Service', {
  NoPorts: { reason: 'only a headless Service goes without', spec: {}, at: 'spec.ports' },
  Headless: { reason: 'see above', spec: { clusterIP: 'None' } },
  Unnamed: {
    reason: 'of two ports each has a name',
    spec: { ports: [{ port: 1, name: 'a' }, { port: 2 }] },
    at: 'spec.ports[1].name',
  },
  NodePort: {
    reason: 'a ClusterIP has none',
    spec: { ports: [{ port: 1, nodePort: 30000 }] },
    at: 'spec.ports[0].nodePort',
  },
  Policy: {
    reason: 'there is no traffic from outside',
    spec: { ports: [{ port: 1 }], externalTrafficPolicy: 'Local' },
    at: 'spec.externalTrafficPolicy',
  },
  External: {
    reason: 'a name is all that it is',
    spec: { type: 'ExternalName', externalName: 'a_b' },
    at: 'spec.externalName',
  },
});

rows('Ingress', {
  Nothing: { reason: 'it leads nowhere', spec: {}, at: 'spec' },
  Both: {
    reason: 'a port by name or by number',
    spec: { defaultBackend: { service: { name: 'a', port: { name: 'b', number: 1 } } } },
    at: 'spec.defaultBackend.service.port',
  },
  Address: { reason: 'a host is a name', spec: { rules: [{ host: '10.0.0.1' }] }, at: 'spec.rules[0].host' },
});

rows('NetworkPolicy', {
  Outside: {
    reason: 'an exception lies within',
    spec: {
      podSelector: {},
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['192.168.0.0/16'] } }] }],
    },
    at: 'spec.ingress[0].from[0].ipBlock.except[0]',
  },
});

rows('HorizontalPodAutoscaler', {
  Bounds: {
    reason: 'the most is not less than the fewest',
    spec: {
      minReplicas: 3,
      maxReplicas: 2,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
    },
    at: 'spec.maxReplicas',
  },
});

rows('PodDisruptionBudget', {
  Both: { reason: 'one of the two', spec: { minAvailable: 1, maxUnavailable: 1 }, at: 'spec' },
  Share: {
    reason: 'no budget is above all of them',
    spec: { minAvailable: '120%' },
    at: 'spec.minAvailable',
  },
});

rows('PersistentVolumeClaim', {
  Modes: {
    reason: 'how is it mounted?',
    spec: { resources: { requests: { storage: '1Gi' } } },
    at: 'spec.accessModes',
  },
  Nothing: {
    reason: 'a volume of no size',
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0' } } },
    at: 'spec.resources.requests.storage',
  },
});

rows('ResourceQuota', {
  Counted: { reason: 'half a pod', spec: { hard: { pods: '1500m' } }, at: 'spec.hard.pods' },
  Unknown: { reason: 'no such resource', spec: { hard: { cores: '4' } }, at: 'spec.hard.cores' },
});

const metadata = (yaml: string): JsonObject => ({ metadata: parseYaml(yaml, 'test')[0] as Json });
const metadataCases = {
  NoName: { reason: 'and no generateName', of: '{}', want: 'metadata.name' },
  Generated: { reason: 'a name is made', of: '{ generateName: a- }', want: undefined },
  Name: { reason: 'capitals', of: '{ name: Shop }', want: 'metadata.name' },
  Label: {
    reason: 'a label is no sentence',
    of: '{ name: a, labels: { a: two words } }',
    want: 'metadata.labels.a',
  },
  LabelKey: {
    reason: 'one prefix',
    of: '{ name: a, labels: { a/b/c: d } }',
    want: 'metadata.labels["a/b/c"]',
  },
  Annotation: {
    reason: 'values are free, keys are not',
    of: '{ name: a, annotations: { "a b": "any text" } }',
    want: 'metadata.annotations["a b"]',
  },
  Finalizer: {
    reason: 'a finalizer of one’s own has a prefix',
    of: '{ name: a, finalizers: [mine] }',
    want: 'metadata.finalizers[0]',
  },
  Owner: {
    reason: 'an owner is one object',
    of: '{ name: a, ownerReferences: [{ apiVersion: v1, kind: Pod, name: a }] }',
    want: 'metadata.ownerReferences[0].uid',
  },
};

describe('metadata', () => {
  test.for(Object.entries(metadataCases))('%s', ([, { reason, of, want }]) => {
    expect(pathsOf('ConfigMap', metadata(of)), reason).toEqual(want === undefined ? [] : [want]);
  });
});

test('what a Secret lacks is said, what it holds is not', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a' },
    type: 'kubernetes.io/dockerconfigjson',
  };
  const served = { group: '', kind: 'Secret', scope: 'Namespaced' } as const;
  const own = { schema: {}, minor: 35, definition: () => undefined };
  expect(checkServed(secret, served, own).map((i) => i.path)).toEqual(['data[".dockerconfigjson"]']);
  const held = { ...secret, stringData: { '.dockerconfigjson': 'hunter2' } };
  const [issue] = checkServed(held, served, own);
  expect(issue?.message).toBe('must hold a JSON object');
  expect(JSON.stringify(issue)).not.toContain('hunter2');
});

test('a choice that was not made is asked for, one that does not exist is named', () => {
  const served = { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding', scope: 'Namespaced' } as const;
  const messages = (kind?: string) => {
    const roleRef = { apiGroup: served.group, name: 'a', ...(kind === undefined ? {} : { kind }) };
    const subjects = [{ kind: 'Group', name: 'all' }];
    const apiVersion = `${served.group}/v1`;
    const object = { apiVersion, kind: 'RoleBinding', metadata: { name: 'a' }, roleRef, subjects };
    return checkServed(object, served).map(({ path, message }) => `${path} ${message}`);
  };
  expect(messages()).toEqual(['roleRef.kind must be "Role" or "ClusterRole"']);
  expect(messages('Roll')).toEqual(['roleRef.kind must be "Role" or "ClusterRole", not "Roll"']);
  expect(messages('Role')).toEqual([]);
});

test('a list at the top of an object is named without a dot before it', () => {
  const subjects = [{ kind: 'ServiceAccount', name: 'a' }];
  expect(pathsOf('ClusterRoleBinding', { roleRef: { kind: 'ClusterRole', name: 'a' }, subjects })).toEqual([
    'subjects[0].namespace',
  ]);
});

test('a custom resource has its metadata judged and no more', () => {
  const served = { group: 'acme.example', kind: 'Service', scope: 'Cluster' } as const;
  const object = {
    apiVersion: 'acme.example/v1',
    kind: 'Service',
    metadata: { name: 'a', namespace: 'b' },
    spec: {},
  };
  expect(checkServed(object, served).map((i) => i.path)).toEqual(['metadata.namespace']);
});

describe('rules that changed', () => {
  const container = (more: JsonObject): JsonObject =>
    podOf({ containers: [{ name: 'a', image: 'a', ...more }] });
  const init = (more: JsonObject): JsonObject =>
    podOf({ initContainers: [{ name: 'b', image: 'b', ...more }] });
  const ingress = (cidr: string): JsonObject => ({
    podSelector: {},
    ingress: [{ from: [{ ipBlock: { cidr } }] }],
  });
  const hpa = (apiVersion: string): JsonObject => ({
    maxReplicas: 2,
    scaleTargetRef: { kind: 'Deployment', name: 'a', ...(apiVersion !== '' && { apiVersion }) },
  });
  const resize = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
  const port = { ports: [{ port: 80 }] };
  const cases: Readonly<
    Record<
      string,
      { reason: string; kind: string; object: JsonObject; refusedBy: readonly number[]; at: string }
    >
  > = {
    PodOfStatefulSet: {
      reason: 'ValidatePodTemplateSpecForStatefulSet left the pod out until 1.33',
      kind: 'StatefulSet',
      object: { spec: podOf({ containers: [{ name: 'A', image: 'a' }] }) },
      refusedBy: [34, 35, 36],
      at: 'spec.template.spec.containers[0].name',
    },
    ClaimOfStatefulSet: {
      reason: 'validateVolumeClaimTemplates is new in 1.34',
      kind: 'StatefulSet',
      object: {
        spec: {
          ...podOf({}),
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['Never'], resources: { requests: { storage: '1Gi' } } },
            },
          ],
        },
      },
      refusedBy: [34, 35, 36],
      at: 'spec.volumeClaimTemplates[0].spec.accessModes[0]',
    },
    TargetWithoutGroup: {
      reason: 'ValidateAPIVersion is new in 1.34',
      kind: 'HorizontalPodAutoscaler',
      object: { spec: hpa('') },
      refusedBy: [34, 35, 36],
      at: 'spec.scaleTargetRef.apiVersion',
    },
    SameZone: {
      reason: 'PreferSameTrafficDistribution is on since 1.34',
      kind: 'Service',
      object: { spec: { ...port, trafficDistribution: 'PreferSameZone' } },
      refusedBy: [33],
      at: 'spec.trafficDistribution',
    },
    RestartOfContainer: {
      reason: 'ContainerRestartRules is on since 1.35',
      kind: 'Deployment',
      object: { spec: container({ restartPolicy: 'Never' }) },
      refusedBy: [33, 34],
      at: 'spec.template.spec.containers[0].restartPolicy',
    },
    RestartOfInitContainer: {
      reason: 'until then it was Always, or none',
      kind: 'Deployment',
      object: { spec: init({ restartPolicy: 'Never' }) },
      refusedBy: [33, 34],
      at: 'spec.template.spec.initContainers[0].restartPolicy',
    },
    ImageVolume: {
      reason: 'ImageVolume is on since 1.35; before, the source is dropped and the volume has none',
      kind: 'Deployment',
      object: { spec: podOf({ volumes: [{ name: 'v', image: { reference: 'a' } }] }) },
      refusedBy: [33, 34],
      at: 'spec.template.spec.volumes[0].image',
    },
    EnvFile: {
      reason: 'EnvFiles is on since 1.35',
      kind: 'Deployment',
      object: { spec: container({ env: [{ name: 'A', valueFrom: { fileKeyRef: { key: 'a' } } }] }) },
      refusedBy: [33, 34],
      at: 'spec.template.spec.containers[0].env[0].valueFrom',
    },
    ResizeOfInitContainer: {
      reason: 'new in 1.36',
      kind: 'Deployment',
      object: { spec: init({ resizePolicy: resize }) },
      refusedBy: [36],
      at: 'spec.template.spec.initContainers[0].resizePolicy[0].restartPolicy',
    },
    ServiceName: {
      reason: 'RelaxedServiceNameValidation is on since 1.36',
      kind: 'Service',
      object: { metadata: { name: '1a' }, spec: port },
      refusedBy: [33, 34, 35],
      at: 'metadata.name',
    },
    HostBits: {
      reason: 'StrictIPCIDRValidation is on since 1.36',
      kind: 'NetworkPolicy',
      object: { spec: ingress('10.0.0.1/24') },
      refusedBy: [36],
      at: 'spec.ingress[0].from[0].ipBlock.cidr',
    },
    HostBitsOfIpv6: {
      reason: 'as of IPv4',
      kind: 'NetworkPolicy',
      object: { spec: ingress('2001:db8::1/64') },
      refusedBy: [36],
      at: 'spec.ingress[0].from[0].ipBlock.cidr',
    },
    NoHostBits: {
      reason: 'these have none, to the last bit',
      kind: 'NetworkPolicy',
      object: { spec: ingress('2001:db8:0:1::/64') },
      refusedBy: [],
      at: '',
    },
    DevicesOfUsers: {
      reason: 'forbidden beside hostUsers: false since 1.34',
      kind: 'StatefulSet',
      object: {
        spec: podOf({
          hostUsers: false,
          volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
          containers: [{ name: 'a', image: 'a', volumeDevices: [{ name: 'v', devicePath: '/dev/a' }] }],
        }),
      },
      refusedBy: [34, 35, 36],
      at: 'spec.template.spec.containers[0].volumeDevices',
    },
    HostNetworkOfUsers: {
      reason: 'in every version',
      kind: 'Deployment',
      object: { spec: podOf({ hostUsers: false, hostNetwork: true }) },
      refusedBy: [33, 34, 35, 36],
      at: 'spec.template.spec.hostNetwork',
    },
  };
  test.for(Object.entries(cases))('%s', ([, { reason, kind, object, refusedBy, at }]) => {
    for (const minor of [33, 34, 35, 36]) {
      expect(pathsOf(kind, object, minor), `1.${minor}: ${reason}`).toEqual(
        refusedBy.includes(minor) ? [at] : [],
      );
    }
  });
});
