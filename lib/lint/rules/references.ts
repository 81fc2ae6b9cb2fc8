import { clusterFacts } from '../../blueprint/cluster.ts';
import { isObject, type JsonObject } from '../../internal/json.ts';
import { kindOf, listAt, nameOf, namespaceOf, objectAt, textAt } from '../../render/objects.ts';
import { about, composed, podOf, releaseNames, releasesOf, walk } from '../objects.ts';
import type { Found, LintInput, LintRule, ReferenceInput, ReferenceRule } from '../rule.ts';

type Rendering = ReferenceInput['renderings'][number];

/** What a user wrote into the XR is the user's to provide. */
function userSaid({ xr }: Rendering, name: string): boolean {
  return [...walk(objectAt(xr, 'spec'))].some(({ value }) => value === name) || listSays(xr, name);
}

function listSays(xr: JsonObject, name: string): boolean {
  return JSON.stringify(xr.spec ?? null).includes(JSON.stringify(name));
}

const chartMade = (name: string, objects: readonly JsonObject[]): boolean =>
  releasesOf(objects).some((r) => releaseNames(r).some((n) => name === n || name.startsWith(`${n}-`)));

/** A nested XR makes objects called after it. */
const nestedMade = (name: string, objects: readonly JsonObject[]): boolean =>
  objects.some((o) => textAt(o, 'apiVersion').startsWith('compose.') && name.startsWith(nameOf(o)));

const CNPG_SECRETS = ['app', 'superuser', 'ca', 'server', 'replication'];

function secretsMade(object: JsonObject): readonly string[] {
  const name = nameOf(object);
  const own = ((): readonly string[] => {
    switch (kindOf(object)) {
      case 'Secret':
        return [name];
      case 'ExternalSecret':
        return [textAt(object, 'spec', 'target', 'name') || name];
      case 'Certificate':
        return [textAt(object, 'spec', 'secretName')];
      case 'Cluster':
        return CNPG_SECRETS.map((suffix) => `${name}-${suffix}`);
      default:
        return [];
    }
  })();
  const written = [...walk(objectAt(object, 'spec'))].flatMap(({ key, value }) =>
    /^(privateKeySecretRef|writeConnectionSecretToRef)$/.test(key) ? textAt(value, 'name') : [],
  );
  return [...own, ...written];
}

interface Reference {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly path: string;
}

/** Names of Secrets and ConfigMaps that an object reads. */
export function* referencesOf(object: JsonObject): Generator<Reference> {
  for (const { path, key, value, parent } of walk({ spec: object.spec ?? null })) {
    if (typeof value === 'string') yield* inText(key, value, path);
    if (Array.isArray(value) && key === 'imagePullSecrets') {
      for (const [i, item] of value.entries()) yield* named('Secret', item, `${path}[${i}].name`);
    }
    if (!isObject(value) || value.optional === true || parent.optional === true) continue;
    if (/(^secret|SecretRef$|^secretKeyRef$|SecretKeyRef$)/.test(key) && !/^privateKeySecretRef$/.test(key)) {
      const name = textAt(value, 'secretName') || textAt(value, 'name');
      if (name !== '' && !/StoreRef$/.test(key)) yield { kind: 'Secret', name, path };
    }
    if (/^configMap(KeyRef|Ref)?$/.test(key)) yield* named('ConfigMap', value, path);
  }
  for (const [i, from] of listAt(object, 'spec', 'valuesFrom').entries()) {
    const kind = textAt(from, 'kind');
    if ((kind === 'Secret' || kind === 'ConfigMap') && from.optional !== true) {
      yield* named(kind, from, `spec.valuesFrom[${i}].name`);
    }
  }
}

function* named(kind: 'Secret' | 'ConfigMap', value: unknown, path: string): Generator<Reference> {
  const name = typeof value === 'string' ? value : textAt(value, 'name');
  if (name !== '') yield { kind, name, path };
}

/** Values of charts: `existingSecret: name`, and YAML or JSON inside a string. */
function* inText(key: string, value: string, path: string): Generator<Reference> {
  if (path.startsWith('spec.values.') && /existing\w*Secret(Name)?$/i.test(key) && value !== '') {
    yield { kind: 'Secret', name: value, path };
  }
  for (const [, name = ''] of value.matchAll(
    /secretKeyRef["']?:\s*\{?\s*["']?name["']?:\s*["']?([a-z0-9][a-z0-9.-]*)/g,
  )) {
    yield { kind: 'Secret', name, path };
  }
}

export const referenceUnmade: ReferenceRule = {
  id: 'reference-unmade',
  tag: 'static',
  severity: 'error',
  summary: 'every Secret and ConfigMap that is read is made by something',
  why: 'A pod that reads a Secret nobody makes waits for ever, in CreateContainerConfigError.',
  fix: 'Compose it (StoredSecret, ConfigMap, Certificate), fix its name, or take the name from the config.',
  example: { wrong: "existingSecret: 'shop-db'", right: 'existingSecret: database.secretName' },
  *check(input) {
    for (const [object, rendering] of composed(input)) {
      if (textAt(object, 'apiVersion').startsWith('compose.')) continue;
      const near = rendering.objects.filter((o) => mayShare(o, object));
      const made = {
        Secret: near.flatMap(secretsMade),
        ConfigMap: near
          .filter((o) => kindOf(o) === 'ConfigMap')
          .map(nameOf)
          .concat('kube-root-ca.crt'),
      };
      for (const { kind, name, path } of referencesOf(object)) {
        if (made[kind].includes(name) || userSaid(rendering, name) || nestedMade(name, rendering.objects))
          continue;
        // A chart makes Secrets for others; it is never told the name of its own.
        if (kindOf(object) !== 'HelmRelease' && chartMade(name, rendering.objects)) continue;
        yield about(
          object,
          path,
          `reads ${kind} "${name}", which nothing here makes`,
          nearest(name, made[kind]),
        );
      }
    }
  },
};

/** What is read lies in the reader's namespace; cluster-scoped objects, and releases into another one, may read elsewhere. */
function mayShare(maker: JsonObject, reader: JsonObject): boolean {
  const [there, here] = [namespaceOf(maker), namespaceOf(reader)];
  return there === '' || here === '' || there === here || textAt(reader, 'spec', 'targetNamespace') === there;
}

function nearest(name: string, made: readonly string[]): string {
  const near = made.filter((m) => m !== '' && (name.startsWith(m) || m.startsWith(name) || m.includes(name)));
  if (near[0] !== undefined) return `did you mean "${near[0]}"?`;
  return 'compose it, or let the config name it';
}

export const serviceSelectsNothing: ReferenceRule = {
  id: 'service-selects-nothing',
  tag: 'static',
  severity: 'error',
  summary: 'the selector of a Service or PodDisruptionBudget finds pods',
  why: 'A Service without pods answers nobody, and everything says Ready.',
  fix: 'Select by the labels that the pod template has; application.labels on both sides.',
  example: { wrong: "selector: { app: 'shop' }", right: 'selector: application.labels' },
  *check(input) {
    for (const [object, { objects }] of composed(input)) {
      const service = kindOf(object) === 'Service' && textAt(object, 'apiVersion') === 'v1';
      const budget = kindOf(object) === 'PodDisruptionBudget';
      if (!service && !budget) continue;
      const path = service ? 'spec.selector' : 'spec.selector.matchLabels';
      const selector = objectAt(object, ...path.split('.'));
      if (Object.keys(selector).length === 0 || objects.some((o) => mayMatch(o, selector, object))) continue;
      yield about(
        object,
        path,
        'matches no pod that is made here',
        'select by the labels of the pod template',
      );
    }
  },
};

function mayMatch(maker: JsonObject, selector: JsonObject, by: JsonObject): boolean {
  if (maker === by || namespaceOf(maker) !== namespaceOf(by)) return false;
  const pod = podOf(maker);
  if (pod !== undefined) return Object.entries(selector).every(([k, v]) => pod.labels[k] === v);
  const wanted = selector['app.kubernetes.io/instance'];
  if (kindOf(maker) === 'HelmRelease')
    return wanted === undefined || releaseNames(maker).includes(String(wanted));
  // An operator labels its pods with the name of the object that they belong to.
  const { group, core } = {
    group: textAt(maker, 'apiVersion'),
    core: /^(v1|apps\/|batch\/|policy\/|networking\.)/,
  };
  return !core.test(group) && Object.values(selector).includes(nameOf(maker));
}

export const namespaceUnmade: ReferenceRule = {
  id: 'namespace-unmade',
  tag: 'static',
  severity: 'error',
  summary: 'every namespace that is composed into exists',
  why: 'The apiserver refuses an object in a namespace that does not exist, and the XR never syncs.',
  fix: 'Use application.namespace, set namespace (and createNamespace) in defineBlueprint, or compose the Namespace.',
  example: {
    wrong: "metadata: { namespace: 'shop-system' }",
    right: 'metadata: { namespace: application.namespace }',
  },
  *check(input) {
    const { blueprint } = input;
    const peers = [...(blueprint?.depends ?? []), ...(blueprint?.members ?? [])].flatMap(
      (d) => input.peers?.get(d.blueprint)?.namespace ?? [],
    );
    for (const [object, rendering] of composed(input)) {
      const known = new Set([
        ...peers,
        ...namespacesOf(rendering),
        clusterFacts(undefined).gateway.namespace,
      ]);
      for (const [path, name] of [
        ['metadata.namespace', namespaceOf(object)],
        ['spec.targetNamespace', textAt(object, 'spec', 'targetNamespace')],
      ] as const) {
        if (name === '' || known.has(name) || /^(default|kube-)/.test(name) || userSaid(rendering, name))
          continue;
        if (blueprint?.createNamespace === false && name === blueprint.namespace) continue;
        yield about(object, path, `namespace "${name}" is made by nothing here`, 'use application.namespace');
      }
    }
  },
};

function namespacesOf({ xr, objects }: Rendering): readonly string[] {
  return [namespaceOf(xr), ...objects.filter((o) => kindOf(o) === 'Namespace').map(nameOf)];
}

export const backendUnmade: ReferenceRule = {
  id: 'backend-unmade',
  tag: 'static',
  severity: 'error',
  summary: 'every HTTPRoute leads to a Service that something makes',
  why: 'A route to a Service that does not exist answers 500, and is Accepted all the same.',
  fix: "Name the Service that is composed, or that the release makes: it begins with the release's name.",
  example: {
    wrong: "backendRefs: [{ name: 'shop', port: 80 }]",
    right: 'backendRefs: [{ name: service.name, port: 80 }]',
  },
  *check(input) {
    for (const [object, rendering] of composed(input)) {
      if (!/^(HTTP|GRPC|TLS|TCP)Route$/.test(kindOf(object))) continue;
      for (const [i, rule] of listAt(object, 'spec', 'rules').entries()) {
        for (const [j, ref] of listAt(rule, 'backendRefs').entries()) {
          const found = backend(textAt(ref, 'name'), ref.port, rendering);
          const path = `spec.rules[${i}].backendRefs[${j}]`;
          if (ref.kind === undefined || ref.kind === 'Service') if (found) yield about(object, path, found);
        }
      }
    }
  },
};

function backend(name: string, port: unknown, rendering: Rendering): string | undefined {
  const { objects } = rendering;
  const service = objects.find((o) => kindOf(o) === 'Service' && nameOf(o) === name);
  if (service !== undefined) {
    const ports = listAt(service, 'spec', 'ports').map((p) => p.port);
    return ports.includes(port as number) ? undefined : `Service "${name}" has no port ${String(port)}`;
  }
  const made = objects.some(
    (o) => name.startsWith(`${nameOf(o)}-`) && /^(Cluster|InferenceService|Revision)$/.test(kindOf(o)),
  );
  if (made || chartMade(name, objects) || nestedMade(name, objects) || userSaid(rendering, name))
    return undefined;
  return `leads to Service "${name}", which nothing here makes`;
}

export const sourceUnmade: ReferenceRule = {
  id: 'source-unmade',
  tag: 'static',
  severity: 'error',
  summary: 'the source of every HelmRelease and Kustomization is composed',
  why: 'Flux waits for the source for ever.',
  fix: 'Let HelmRelease make its source (chart: upstream), or compose it under the name that is referred to.',
  example: {
    wrong: "sourceRef: { kind: 'HelmRepository', name: 'charts' } // made by nobody",
    right: "new HelmRelease(scope, 'server', { chart: upstream })",
  },
  *check(input) {
    for (const [object, { objects }] of composed(input)) {
      const refs: [string, JsonObject][] = [
        ['spec.chart.spec.sourceRef', objectAt(object, 'spec', 'chart', 'spec', 'sourceRef')],
        ['spec.chartRef', objectAt(object, 'spec', 'chartRef')],
        ['spec.sourceRef', kindOf(object) === 'Kustomization' ? objectAt(object, 'spec', 'sourceRef') : {}],
      ];
      for (const [path, ref] of refs) {
        if (typeof ref.name !== 'string') continue;
        const namespace = textAt(ref, 'namespace') || namespaceOf(object);
        const there = objects.some(
          (o) => kindOf(o) === ref.kind && nameOf(o) === ref.name && namespaceOf(o) === namespace,
        );
        if (!there)
          yield about(object, path, `${String(ref.kind)} "${namespace}/${ref.name}" is made by nothing here`);
      }
    }
  },
};

export const providerUnknown: LintRule = {
  id: 'provider-unknown',
  tag: 'static',
  severity: 'error',
  summary: 'issuers, secret stores and gateways are composed, or those of the cluster',
  why: 'Each cluster names its own; a name that is fixed in code works on one of them.',
  fix: "Take the name from cluster.issuer, cluster.secretStore or cluster.gateway, or from a dependency's outputs.",
  example: { wrong: "issuerRef: { name: 'letsencrypt' }", right: 'issuerRef: cluster.issuer' },
  *check(input: LintInput): Generator<Found> {
    const facts = clusterFacts(undefined);
    const known = new Map([
      ['issuerRef', facts.issuer.name],
      ['secretStoreRef', facts.secretStore.name],
    ]);
    for (const [object, rendering] of composed(input)) {
      for (const { path, key, value } of walk({ spec: object.spec ?? null })) {
        const name = textAt(value, 'name');
        if (!known.has(key) || name === '' || name === known.get(key) || userSaid(rendering, name)) continue;
        if (rendering.objects.some((o) => nameOf(o) === name && /(Issuer|SecretStore)$/.test(kindOf(o))))
          continue;
        yield about(
          object,
          path,
          `"${name}" is neither composed here nor the cluster's`,
          `use cluster.${key.replace('Ref', '')}`,
        );
      }
      for (const [i, ref] of listAt(object, 'spec', 'parentRefs').entries()) {
        const name = textAt(ref, 'name');
        const composedHere = rendering.objects.some((o) => nameOf(o) === name && kindOf(o) === 'Gateway');
        if (name === facts.gateway.name || composedHere || userSaid(rendering, name)) continue;
        yield about(
          object,
          `spec.parentRefs[${i}]`,
          `Gateway "${name}" is neither composed here nor the cluster's`,
          'use cluster.gateway',
        );
      }
    }
  },
};
