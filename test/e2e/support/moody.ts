import type { JsonObject } from '../../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../../lib/model/names.ts';
import { ScratchProject } from '../../../lib/pipeline/fixture.test-helper.ts';
import type { Project, ProjectBlueprint } from '../../../lib/project/index.ts';

const SOURCE = `import { defineBlueprint, schema } from '@openova/blueprints';
import { ConfigMap } from '@openova/blueprints/kinds/core';

interface Config { readonly mood: string }

export default defineBlueprint({
  name: 'moody',
  version: '1.0.0',
  scope: 'Namespaced',
  card: { title: 'Moody', summary: 'Does what its mood is', category: 'test', license: 'Apache-2.0' },
  config: schema<Config, Partial<Config>>({
    type: 'object',
    properties: { mood: { type: 'string', default: 'works', maxLength: 20 } },
  }),
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: { small: {} },
  compose({ scope, config }) {
    if (config.mood === 'throws') throw new Error('not today');
    while (config.mood === 'spins') {}
    new ConfigMap(scope, 'words', { data: { mood: config.mood } });
    return undefined;
  },
});
`;
// No enum: a build renders every value that a schema names.
const SCHEMA =
  '{"type": "object", "properties": {"mood": {"type": "string", "default": "works", "maxLength": 20}}}\n';

/** A Blueprint that throws or never ends, if its XR says so. */
export interface Moody {
  readonly project: Project;
  readonly one: ProjectBlueprint;
  xr(name: string, mood: 'works' | 'throws' | 'spins'): JsonObject;
  remove(): void;
}

/** Writes it into a repository of its own. */
export async function createMoody(): Promise<Moody> {
  const repository = new ScratchProject();
  repository.writeBlueprint({
    name: 'moody',
    kind: 'Moody',
    source: SOURCE,
    schema: SCHEMA,
    sizes: ['small'],
  });
  const project = await repository.load();
  const one = project.blueprints.get('moody');
  if (one === undefined) throw new Error('there is no moody');
  return {
    project,
    one,
    xr: (name, mood) => ({
      apiVersion: COMPOSE_API_VERSION,
      kind: one.blueprint.kind,
      metadata: { name, namespace: 'faults' },
      spec: { size: 'small', config: { mood } },
    }),
    remove: () => repository.remove(),
  };
}
