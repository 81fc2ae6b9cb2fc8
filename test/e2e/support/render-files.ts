import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { FUNCTIONS, type RenderCase } from './render-corpus.ts';

const RUNTIME = 'render.crossplane.io/runtime';

/**
 * Writes a case into a folder as a user would have it, and returns the arguments that `bp render` and `crossplane
 * composition render` share.
 */
export function writeCase(folder: string, one: RenderCase, address: string): readonly string[] {
  const write = (name: string, objects: readonly JsonObject[]): string => {
    const file = join(folder, name);
    // JSON is YAML, and leaves nothing to how a string is quoted.
    writeFileSync(file, objects.map((object) => `---\n${JSON.stringify(object, null, 1)}\n`).join(''));
    return file;
  };
  mkdirSync(join(folder, 'schemas'), { recursive: true });
  for (const [i, schema] of one.schemas.entries()) {
    writeFileSync(join(folder, 'schemas', `${i}.json`), JSON.stringify(schema));
  }
  const functions = FUNCTIONS.map((name) => ({
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Function',
    metadata: {
      name,
      annotations: { [RUNTIME]: 'Development', [`${RUNTIME}-development-target`]: address },
    },
    spec: { package: `example.org/${name}:v1` },
  }));
  const context = Object.entries(one.context ?? {});
  return [
    write('xr.yaml', [one.xr]),
    write('composition.yaml', [one.composition]),
    write('functions.yaml', functions),
    ...(one.observed.length > 0 ? ['--observed-resources', write('observed.yaml', one.observed)] : []),
    ...['--required-resources', write('required.yaml', one.required)],
    ...['--required-schemas', join(folder, 'schemas')],
    ...['--function-credentials', write('credentials.yaml', one.credentials)],
    ...(one.xrd === undefined ? [] : ['--xrd', write('xrd.yaml', [one.xrd])]),
    ...context.flatMap(([key, value], i) => contextFlag(folder, key, JSON.stringify(value), i)),
  ];
}

/** By value and by file in turns; Crossplane's CLI ends a value at a semicolon. */
function contextFlag(folder: string, key: string, value: string, index: number): readonly string[] {
  if (index % 2 === 0 && !value.includes(';')) return ['--context-values', `${key}=${value}`];
  const file = join(folder, `context-${index}.json`);
  writeFileSync(file, value);
  return ['--context-files', `${key}=${file}`];
}
