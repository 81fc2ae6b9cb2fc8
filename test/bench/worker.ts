import type { WorkerRouter } from '../../lib/function/index.ts';
import { catalogueOf } from '../../lib/index.ts';
import { blueprintRouter } from '../../lib/serve/index.ts';
import { benchBlueprint } from './blueprint.ts';

/** What the threads of the bench serve: Blueprints of so many objects. */
export async function createWorkerRouter(counts: unknown): Promise<WorkerRouter> {
  const blueprints = (counts as readonly number[]).map(benchBlueprint);
  return { router: blueprintRouter(blueprints, { catalogue: catalogueOf(blueprints) }) };
}
