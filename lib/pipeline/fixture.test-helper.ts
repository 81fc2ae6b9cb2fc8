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
  `apiVersion: compose.openova.io/v1alpha1\nkind: ${kind}\nmetadata:\n  name: demo\n  namespace: default\nspec:\n  size: ${size}\n`;

/** A small repository of Blueprints in a folder of its own: `echo`, which builds on `parrot`. */
export class FixtureProject {
  readonly directory: string;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'bp-fixture-'));
    this.write('package.json', '{"type": "module", "private": true}\n');
    mkdirSync(join(this.directory, 'node_modules', '@openova'), { recursive: true });
    symlinkSync(ROOT, join(this.directory, 'node_modules', '@openova', 'blueprints'));
    for (const [name, kind, source] of [
      ['echo', 'Echo', ECHO],
      ['parrot', 'Parrot', PARROT],
    ] as const) {
      const folder = `blueprints/platform/${name}`;
      this.write(`${folder}/blueprint.ts`, source);
      this.write(`${folder}/greet.ts`, GREET);
      this.write(`${folder}/config.schema.json`, SCHEMA);
      this.write(`${folder}/README.md`, `# ${kind}\n`);
      this.write(`${folder}/blueprint.test.ts`, "test('greets', () => expect(1 + 1).toBe(2));\n");
      this.write(`${folder}/card/description.md`, '[How to use it](../README.md)\n');
      this.write(`${folder}/card/icon.svg`, '<svg xmlns="http://www.w3.org/2000/svg"/>\n');
      for (const size of ['small', 'large']) this.write(`${folder}/examples/${size}.yaml`, xr(kind, size));
    }
  }

  write(path: string, text: string): void {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  load(): Promise<Project> {
    return loadProject(this.directory);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
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
