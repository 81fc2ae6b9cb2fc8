import { type Blueprint, defineBlueprint, schema } from '../../lib/index.ts';
import { ConfigMap, Deployment, Service } from '../../lib/kinds/core.ts';

interface BenchConfig {
  readonly replicas: number;
  readonly note: string;
}

const config = schema<BenchConfig, Partial<BenchConfig>>({
  type: 'object',
  properties: {
    replicas: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 3 },
    note: { type: 'string', default: '' },
  },
});

/** Environment of one container; the plain handlers of the other peers build the same. */
export function environment(index: number): { name: string; value: string }[] {
  return Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value-${index}-${i}` }));
}

/**
 * A Blueprint as an author would write it, of `count` objects: a third each of Deployments, Services and ConfigMaps,
 * all of whose Deployments change with `spec.config`.
 */
export function benchBlueprint(count: number): Blueprint {
  return defineBlueprint({
    name: `bench-${count}`, // peers read the number from the step
    version: '1.0.0',
    scope: 'Namespaced',
    card: { title: 'Bench', summary: 'What the benchmark composes', category: 'test' },
    config,
    placement: { modes: ['single-region'], default: 'single-region' },
    sizes: { small: {} },
    compose({ scope, config: { replicas, note } }) {
      for (let i = 0; i < count; i++) {
        const labels = { 'app.kubernetes.io/component': `app-${i}` };
        if (i % 3 === 1) {
          new Service(scope, `app-${i}`, {
            spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
          });
        } else if (i % 3 === 2) {
          const data = Object.fromEntries(environment(i).map((e) => [e.name, e.value]));
          new ConfigMap(scope, `app-${i}`, { data: { ...data, note } });
        } else {
          new Deployment(scope, `app-${i}`, {
            spec: {
              replicas,
              selector: { matchLabels: labels },
              template: {
                metadata: { labels },
                spec: {
                  containers: [
                    {
                      name: 'main',
                      image: 'registry.example.org/team/app:1.2.3',
                      ports: [{ containerPort: 8080 }],
                      env: environment(i),
                    },
                  ],
                },
              },
            },
          });
        }
      }
    },
  });
}

/** The same objects without any toolkit: what a hand-written handler returns. */
export function plainObjects(count: number, replicas: number, note: string): [string, object][] {
  return Array.from({ length: count }, (_, i) => [`app-${i}`, plainObject(i, replicas, note)]);
}

function plainObject(i: number, replicas: number, note: string): object {
  const labels = { 'app.kubernetes.io/component': `app-${i}` };
  const metadata = {
    name: `bench-app-${i}`,
    namespace: 'team',
    labels: {
      'app.kubernetes.io/name': 'bench',
      'app.kubernetes.io/instance': 'bench',
      'app.kubernetes.io/managed-by': 'crossplane',
      'openova.io/blueprint': 'bp-bench',
      'openova.io/blueprint-version': '1.0.0',
    },
  };
  if (i % 3 === 1) {
    const spec = { selector: labels, ports: [{ port: 80, targetPort: 8080 }] };
    return { apiVersion: 'v1', kind: 'Service', metadata, spec };
  }
  if (i % 3 === 2) {
    const data = Object.fromEntries(environment(i).map((e) => [e.name, e.value]));
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { ...data, note } };
  }
  const container = {
    name: 'main',
    image: 'registry.example.org/team/app:1.2.3',
    ports: [{ containerPort: 8080 }],
    env: environment(i),
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}
