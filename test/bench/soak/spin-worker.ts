import type { WorkerRouter } from '../../../lib/function/index.ts';
import { type Blueprint, catalogueOf, defineBlueprint, schema } from '../../../lib/index.ts';
import { blueprintRouter } from '../../../lib/serve/index.ts';
import { benchBlueprint } from '../blueprint.ts';

/** A Blueprint that never ends. */
export function spinBlueprint(): Blueprint {
  return defineBlueprint({
    name: 'spin',
    version: '1.0.0',
    scope: 'Namespaced',
    card: { title: 'Spin', summary: 'Never ends', category: 'test' },
    config: schema<object, object>({ type: 'object', properties: {} }),
    placement: { modes: ['single-region'], default: 'single-region' },
    sizes: { small: {} },
    compose() {
      for (;;) Math.random();
    },
  });
}

/** A healthy Blueprint and one that is not. */
export async function createWorkerRouter(): Promise<WorkerRouter> {
  const blueprints = [benchBlueprint(30), spinBlueprint()];
  return { router: blueprintRouter(blueprints, { catalogue: catalogueOf(blueprints) }) };
}
