import { fileURLToPath } from 'node:url';
import { createRunner, encodeRequest } from '../../../lib/function/index.ts';
import { catalogueOf } from '../../../lib/index.ts';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { loadProject } from '../../../lib/project/index.ts';
import { blueprintRouter } from '../../../lib/serve/index.ts';
import { observedAfter, requestFor } from '../requests.ts';

/** Requests for every Blueprint here, each size of it, as Crossplane sends them for `xrs` XRs that have settled. */
export async function catalogueRequests(xrs: number): Promise<Buffer[]> {
  const project = await loadProject(fileURLToPath(new URL('../../..', import.meta.url)));
  const blueprints = [...project.blueprints.values()].map((b) => b.blueprint);
  const runner = createRunner({
    router: blueprintRouter(blueprints, { catalogue: catalogueOf(blueprints) }),
  });
  const out: Buffer[] = [];
  for (const { blueprint, examples } of project.blueprints.values()) {
    for (const example of examples.values()) {
      const config = ((example.spec as JsonObject | undefined)?.config ?? {}) as JsonObject;
      const observed = await observedAfter(runner, blueprint, config);
      for (let xr = 0; xr < xrs; xr++) {
        const tag = `${blueprint.name}-${xr}`.padEnd(64, '0');
        const request = requestFor(blueprint, config, observed, tag);
        const composite = request.observed?.composite?.object as JsonObject;
        const metadata = { ...(composite.metadata as JsonObject), uid: `uid-${xr}`, name: `xr-${xr}` };
        out.push(
          encodeRequest({
            ...request,
            observed: { composite: { object: { ...composite, metadata } }, resources: observed },
          }),
        );
      }
    }
  }
  return out;
}
