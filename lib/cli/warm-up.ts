import { catalogueOf, composeFunction, defineBlueprint, HelmRelease, helmChart } from '../blueprint/index.ts';
import { encodeRequest } from '../function/codec/index.ts';
import { createRouter, INPUT_API_VERSION, INPUT_KIND } from '../function/host/router.ts';
import { createRunner } from '../function/host/runner.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import { schema } from '../schema/schema.ts';

/**
 * Composes a release of nothing for nobody: what every call takes is compiled then, while the host begins to listen,
 * and not while the first call waits.
 * @returns the answer, which is the caller's own
 */
export function warmUp(): Promise<Buffer> {
  const blueprint = defineBlueprint({
    name: 'warm-up',
    version: '1.0.0',
    scope: 'Namespaced',
    card: { title: 'Warm-up', summary: 'Composed once by each thread, for nobody.', category: 'platform' },
    config: schema<{ readonly replicas: number }>({
      type: 'object',
      properties: { replicas: { type: 'integer', default: 1 } },
    }),
    placement: { modes: ['single-region'], default: 'single-region' },
    sizes: { small: {} },
    upstream: helmChart({ repository: 'https://charts.example.org', chart: 'warm-up', version: '1.0.0' }),
    compose({ scope, config, upstream }) {
      new HelmRelease(scope, 'release', { chart: upstream, values: { replicas: config.replicas } });
      return {};
    },
  });
  const { name, version } = blueprint;
  const compose = composeFunction(blueprint, { catalogue: catalogueOf([blueprint]) });
  const runner = createRunner({ router: createRouter([{ name, version, compose }]) });
  const object = {
    apiVersion: COMPOSE_API_VERSION,
    kind: blueprint.kind,
    metadata: { name, namespace: name },
    spec: { size: 'small' },
  };
  const input = { apiVersion: INPUT_API_VERSION, kind: INPUT_KIND, blueprint: name, version };
  return runner.run(encodeRequest({ tag: name, input, observed: { composite: { object } } }));
}
