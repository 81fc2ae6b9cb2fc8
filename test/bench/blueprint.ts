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
    name: `bench-${count}`,
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
