import type { WorkerRouter } from '../../lib/function/index.ts';
import { catalogueOf } from '../../lib/index.ts';
import { blueprintRouter } from '../../lib/serve/index.ts';
import { benchBlueprint } from './blueprint.ts';

/** What the threads of the bench serve: a Blueprint of so many objects. */
export async function createWorkerRouter(): Promise<WorkerRouter> {
  const blueprints = [benchBlueprint(Number(process.env.BENCH_OBJECTS))];
  const router = blueprintRouter(blueprints, { catalogue: catalogueOf(blueprints) });
  return { router, info: { blueprints: [], functions: [] } };
}
