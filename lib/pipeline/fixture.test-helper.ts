import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import { loadProject, type Project } from '../project/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const ECHO = `import { defineBlueprint, schema } from '@openova/blueprints';
import { ConfigMap } from '@openova/blueprints/kinds/core';
import { greet } from './greet.ts';

interface Config { readonly greeting: string }

export default defineBlueprint({
  name: 'echo',
  version: '1.0.0',
  scope: 'Namespaced',
  card: { title: 'Echo', summary: 'Answers what it was asked', category: 'test', license: 'Apache-2.0' },
  config: schema<Config, Partial<Config>>({
    type: 'object',
    properties: { greeting: { type: 'string', default: 'hello', maxLength: 100 } },
  }),
  depends: { parrot: { version: '^1.0' }, absent: { version: '^1.0' } },
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: { small: {}, large: { greeting: 'HELLO' } },
  compose({ scope, config }) {
    new ConfigMap(scope, 'words', { data: { greeting: greet(config.greeting) } });
    return undefined;
  },
});
`;
const PARROT = ECHO.replaceAll('echo', 'parrot')
  .replace('Echo', 'Parrot')
  .replace("depends: { parrot: { version: '^1.0' }, absent: { version: '^1.0' } },\n", '');
const SCHEMA =
  '{"type": "object", "properties": {"greeting": {"type": "string", "default": "hello", "maxLength": 100}}}\n';
const GREET = "export const greet = (text: string): string => text.concat(', world');\n";
const xr = (kind: string, size: string): string =>
  `apiVersion: ${COMPOSE_API_VERSION}\nkind: ${kind}\nmetadata:\n  name: demo\n  namespace: default\nspec:\n  size: ${size}\n`;

interface FixtureBlueprint {
  readonly name: string;
  readonly kind: string;
  /** Of blueprint.ts. */
  readonly source: string;
  /** Of config.schema.json. */
  readonly schema: string;
  readonly sizes: readonly string[];
}

/** A small repository in a folder of its own, in which our own name resolves to these sources. */
export class ScratchProject {
  readonly directory: string;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'bp-fixture-'));
    this.write('package.json', '{"type": "module", "private": true}\n');
    mkdirSync(join(this.directory, 'node_modules', '@openova'), { recursive: true });
    symlinkSync(ROOT, join(this.directory, 'node_modules', '@openova', 'blueprints'));
  }

  write(path: string, text: string): void {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** A Blueprint with all that a build asks for. @returns its folder */
  writeBlueprint({ name, kind, source, schema, sizes }: FixtureBlueprint): string {
    const folder = `blueprints/platform/${name}`;
    this.write(`${folder}/blueprint.ts`, source);
    this.write(`${folder}/config.schema.json`, schema);
    this.write(`${folder}/README.md`, `# ${kind}\n`);
    this.write(`${folder}/blueprint.test.ts`, "test('works', () => expect(1 + 1).toBe(2));\n");
    this.write(`${folder}/card/description.md`, '[How to use it](../README.md)\n');
    this.write(`${folder}/card/icon.svg`, '<svg xmlns="http://www.w3.org/2000/svg"/>\n');
    for (const size of sizes) this.write(`${folder}/examples/${size}.yaml`, xr(kind, size));
    return folder;
  }

  load(): Promise<Project> {
    return loadProject(this.directory);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Two Blueprints: `echo`, which builds on `parrot`. */
export class FixtureProject extends ScratchProject {
  constructor() {
    super();
    for (const [name, kind, source] of [
      ['echo', 'Echo', ECHO],
      ['parrot', 'Parrot', PARROT],
    ] as const) {
      const folder = this.writeBlueprint({ name, kind, source, schema: SCHEMA, sizes: ['small', 'large'] });
      this.write(`${folder}/greet.ts`, GREET);
    }
  }
}

/** A copy of a project's Blueprints elsewhere, with other times. */
export function copyElsewhere(root: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'bp-elsewhere-with-a-longer-name-'));
  for (const name of ['package.json', 'blueprints']) {
    cpSync(join(root, name), join(directory, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!name.startsWith('node_modules')) utimesSync(join(directory, name), 1_000_000_000, 1_000_000_000);
  }
  return directory;
}
