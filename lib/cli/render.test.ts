import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { INPUT_API_VERSION, INPUT_KIND } from '../function/index.ts';
import type { Json, JsonObject } from '../internal/json.ts';
import { parseYaml } from '../internal/yaml.ts';
import { runBp } from './io.test-helper.ts';
import type { Io } from './io.ts';

const FUNCTION = join(import.meta.dirname, 'render/fixtures/function.ts');
let folder: string;
let pidFile: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bp-cli-render-')));
  pidFile = join(folder, 'pid');
  const input = { apiVersion: INPUT_API_VERSION, kind: INPUT_KIND, function: 'f', version: '1' };
  write('xr.yaml', { apiVersion: 'example.org/v1', kind: 'App', metadata: { name: 'shop' }, spec: {} });
  write('composition.yaml', {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    metadata: { name: 'apps' },
    spec: {
      compositeTypeRef: { apiVersion: 'example.org/v1', kind: 'App' },
      mode: 'Pipeline',
      pipeline: [{ step: 'make', functionRef: { name: 'maker' }, input }],
    },
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, object: JsonObject): void {
  writeFileSync(join(folder, name), JSON.stringify(object));
}

/** `bp render` of the XR in the folder, with the environment that a shell needs. */
const render = (args: readonly string[], io: Partial<Io> = {}) =>
  runBp(['render', 'xr.yaml', 'composition.yaml', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
    ...io,
  });

const command = (mode = '', more = ''): string =>
  `"${process.execPath}" "${FUNCTION}" --pid "${pidFile}" ${mode} ${more}`;

const started = (): boolean => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '';

/** Whether the function's process is there; one that nobody has reaped yet, as in a container, is not. */
function runs(): boolean {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/^\d+ \(.*\) Z/.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
}

/** A process that was told to end may take a moment to be reaped. */
async function gone(): Promise<boolean> {
  for (let i = 0; i < 200 && runs(); i++) await delay(25);
  return started() && !runs();
}

describe('--function', () => {
  test.for([
    ['is told where to listen as SDKs are', () => command('plain')],
    ['is told the port where it asks for it', () => command('plain', '--port {port}')],
    ['may be more than one program: all end', () => `(sleep 600 &) ; ${command('plain')}`],
  ] as const)('the command %s', async ([, line]) => {
    const { code, stdout, stderr } = await render(['--function', `maker=${line()}`, '-o', 'yaml']);
    expect([code, stderr]).toEqual([0, '']);
    const [, made] = parseYaml(stdout, 'out') as readonly Record<string, Json>[];
    expect(made).toMatchObject({ kind: 'ConfigMap', data: { mode: 'plain' } });
    expect(await gone()).toBe(true);
  });

  test('wins over what the Function is annotated with', async () => {
    write('functions.yaml', {
      apiVersion: 'pkg.crossplane.io/v1',
      kind: 'Function',
      metadata: {
        name: 'maker',
        annotations: {
          'render.crossplane.io/runtime': 'Development',
          'render.crossplane.io/runtime-development-target': '127.0.0.1:1',
        },
      },
    });
    const { code } = await render(['functions.yaml', '--function', `maker=${command()}`]);
    expect(code).toBe(0);
    expect(await gone()).toBe(true);
  });

  test('one that ends before it listens is told with its last words, without secrets', async () => {
    const { code, stderr } = await render(['--function', `maker=${command('fails')}`, '-o', 'json']);
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string; remedy: string } };
    expect(code).toBe(1);
    expect(error).toMatchObject({ code: 'compose', remedy: expect.stringContaining('{port}') });
    expect(error.message).toMatch(
      /^Cannot start function "maker": its command ended \(exit code 3\): .*no database here$/,
    );
    expect(error.message).not.toContain('sk-0123456789abcdef');
  });

  test('one that cannot be found is told', async () => {
    const { code, stderr } = await render(['--function', 'maker=no-such-program-here', '-o', 'json']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Cannot start function \\"maker\\": its command ended \(exit code 127\)/);
  });

  test('one that never listens is given up after --timeout, and stopped', async () => {
    const args = ['--function', `maker=${command('deaf')}`, '--timeout', '2s', '-o', 'json'];
    const { code, stderr } = await render(args);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'limit', message: expect.stringMatching(/nothing listens on 127\.0\.0\.1:\d+ yet/) },
    });
    expect(runs()).toBe(false);
  });

  test('what it wrote is shown when the render fails', async () => {
    const { code, stderr } = await render(['--function', `maker=${command('fatal')}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^maker \| mode fatal/m);
    expect(stderr).toMatch(/returned a fatal result: not today/);
    expect(stderr).not.toContain('sk-0123456789abcdef');
    expect(await gone()).toBe(true);
  });

  test('is stopped on Ctrl-C in the middle of a call', async () => {
    const stop = new AbortController();
    const running = render(['--function', `maker=${command('hangs')}`], { signal: stop.signal });
    while (!existsSync(`${pidFile}.called`)) await delay(25);
    stop.abort();
    expect((await running).code).not.toBe(0);
    expect(await gone()).toBe(true);
  });

  test('that does not want to stop is made to', async () => {
    const { code } = await render(['--function', `maker=${command('stubborn')}`]);
    expect(code).toBe(0);
    expect(await gone()).toBe(true);
  });

  test.for([
    ['maker', /write NAME=COMMAND/],
    ['maker=', /write NAME=COMMAND/],
    ['stranger=true', /no step of the Composition names it[\s\S]*its steps name maker/],
  ] as const)('%s is a slip, and nothing is started', async ([given, says]) => {
    const { code, stderr } = await render(['--function', given]);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});

test('-x shows what the XRD fills in; -c a null of the context', async () => {
  const size = { type: 'string', default: 'small' };
  const openAPIV3Schema = { type: 'object', properties: { spec: { type: 'object', properties: { size } } } };
  write('xrd.yaml', {
    apiVersion: 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    metadata: { name: 'apps.example.org' },
    spec: {
      group: 'example.org',
      names: { kind: 'App' },
      versions: [{ name: 'v1', schema: { openAPIV3Schema } }],
    },
  });
  const args = ['--function', `maker=${command()}`, '--xrd', 'xrd.yaml', '-x', '-c', '-o', 'yaml'];
  const { stdout } = await render([...args, '--context-values', 'nothing=null']);
  const objects = parseYaml(stdout, 'out') as readonly Record<string, Json>[];
  expect(objects[0]).toMatchObject({ kind: 'App', spec: { size: 'small' } });
  expect(objects.at(-1)).toMatchObject({ kind: 'Context', fields: { nothing: null } });
});
