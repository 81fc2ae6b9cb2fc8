import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Check } from './doctor/check.ts';
import { checkMachine } from './doctor/machine.ts';
import { checkProject } from './doctor/project.ts';
import { newRepository, runBp } from './io.test-helper.ts';

const FOLDER = 'blueprints/platform/acme-cache';
const NOW = new Date('2026-11-21T00:00:00Z');
let root: string;
const at = (path: string): string => join(root, path);
const edit = (path: string, from: string | RegExp, to: string): void => {
  const text = readFileSync(at(path), 'utf8');
  const edited = text.replace(from, to);
  expect(edited).not.toBe(text);
  writeFileSync(at(path), edited);
};
const bad = (checks: readonly Check[]): readonly Check[] => checks.filter((c) => c.state !== 'ok');

beforeEach(async () => {
  root = await newRepository('acme-cache');
  expect((await runBp(['generate', '-C', root])).code).toBe(0);
});

function machine(env: Record<string, string> = {}, now: Date = NOW, node = 'v24.21.0'): readonly Check[] {
  const stream = { write: () => undefined };
  const io = { stdout: stream, stderr: stream, stdin: none(), cwd: root, isTTY: false, columns: 80 };
  return bad(checkMachine({ ...io, env, signal: new AbortController().signal }, now, node));
}

async function* none(): AsyncGenerator<string> {}

function docker(config: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'bp-docker-'));
  writeFileSync(join(folder, 'config.json'), config);
  return { DOCKER_CONFIG: folder, PATH: '/nowhere' };
}

test('a machine and a fresh project are fine', async () => {
  expect(machine()).toEqual([]);
  expect(bad(await checkProject(root))).toEqual([]);
});

const machines = {
  '1 old Node': { check: 'node', found: () => machine({}, NOW, 'v18.0.0') },
  '2 clock': { check: 'clock', found: () => machine({}, new Date(0)) },
  '3 broken credentials': { check: 'credentials', found: () => machine(docker('{')) },
  '3 missing helper': { check: 'credentials', found: () => machine(docker('{ "credsStore": "gone" }')) },
};
test.for(Object.entries(machines))('doctor finds mistake %s', ([, { check, found }]) => {
  expect(found()).toEqual([
    expect.objectContaining({ name: check, state: 'error', remedy: expect.any(String) }),
  ]);
});

const projects = {
  '4 package that does not fit': {
    check: 'packages',
    make: () => {
      rmSync(at('node_modules/constructs'));
      mkdirSync(at('node_modules/constructs'));
      writeFileSync(at('node_modules/constructs/package.json'), '{ "version": "3.0.0" }');
    },
  },
  '5 two copies': {
    check: 'packages',
    make: () => {
      mkdirSync(at('node_modules/other/node_modules/constructs'), { recursive: true });
      cpSync(
        at('node_modules/constructs/package.json'),
        at('node_modules/other/node_modules/constructs/package.json'),
      );
    },
  },
  '6 module type': { check: 'modules', make: () => edit('package.json', /"type": "module",?/, '') },
  '7 stale types': {
    check: 'generated',
    make: () => edit(`${FOLDER}/config.ts`, /$/, '// touched\n'),
  },
  '8 does not load': {
    check: 'project',
    make: () => {
      // Another folder, because this process has imported the first one already.
      mkdirSync(at('blueprints/platform/broken'));
      writeFileSync(
        at('blueprints/platform/broken/config.schema.json'),
        '{ "type": "object", "properties": {} }',
      );
      writeFileSync(at('blueprints/platform/broken/blueprint.ts'), 'export default = ;\n');
    },
  },
  '9 stale': { check: 'generated', make: () => edit(`${FOLDER}/generated/xrd.yaml`, /$/, '# touched\n') },
  '9 no example': { check: 'examples', make: () => rmSync(at(`${FOLDER}/examples/large.yaml`)) },
  '10 no schema for editors': {
    check: 'editor',
    make: () => edit(`${FOLDER}/examples/small.yaml`, /^# yaml-language-server.*\n/, ''),
  },
};
test.for(Object.entries(projects))('doctor finds mistake %s', async ([, { check, make }]) => {
  make();
  const found = bad(await checkProject(root));
  expect(found.map((c) => c.name)).toContain(check);
  expect(found.every((c) => c.remedy !== undefined && c.remedy !== '')).toBe(true);
});

test('its help lists all ten', async () => {
  const { stdout } = await runBp(['doctor', '--help']);
  expect(stdout.match(/^ +\d+\. /gm)).toHaveLength(10);
});
