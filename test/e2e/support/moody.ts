import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../../lib/model/names.ts';
import { loadProject, type Project, type ProjectBlueprint } from '../../../lib/project/index.ts';

const ROOT: string = join(import.meta.dirname, '..', '..', '..');

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
  const directory = mkdtempSync(join(tmpdir(), 'bp-moody-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  write('package.json', '{"type": "module", "private": true}\n');
  mkdirSync(join(directory, 'node_modules', '@openova'), { recursive: true });
  symlinkSync(ROOT, join(directory, 'node_modules', '@openova', 'blueprints'));
  const folder = 'blueprints/platform/moody';
  write(`${folder}/blueprint.ts`, SOURCE);
  write(`${folder}/config.schema.json`, SCHEMA);
  write(`${folder}/README.md`, '# Moody\n');
  write(`${folder}/card/description.md`, '[How to use it](../README.md)\n');
  write(`${folder}/blueprint.test.ts`, "test('works', () => expect(1 + 1).toBe(2));\n");
  write(`${folder}/card/icon.svg`, '<svg xmlns="http://www.w3.org/2000/svg"/>\n');
  write(
    `${folder}/examples/small.yaml`,
    `apiVersion: ${COMPOSE_API_VERSION}\nkind: Moody\nmetadata:\n  name: demo\n  namespace: default\nspec:\n  size: small\n`,
  );
  const project = await loadProject(directory);
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
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
