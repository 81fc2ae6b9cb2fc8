import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './support/process.ts';
import { type Manifest, manifest, root } from './support/repository.ts';
import { createUserRepository, packTarball, type UserRepository } from './support/user-repository.ts';

// Packaging mistakes show nowhere else: what npm would ship is built, packed, unpacked into a stranger's
// repository and used from there. Slow, because it compiles the package.
const BUILD_TIMEOUT_MS = 240_000;
const ready = existsSync(join(root, 'lib/index.ts'));
const commands = existsSync(join(root, 'lib/cli/main.ts'));

const TINY_BLUEPRINT = `
import { defineBlueprint, HelmRelease, helmChart, schema } from '@openova/blueprints';
import { Secret } from '@openova/blueprints/kinds/core';

interface Config {
  readonly replicas: number;
}

export default defineBlueprint({
  name: 'echo',
  version: '1.0.0',
  scope: 'Namespaced',
  card: { title: 'Echo', summary: 'Answers what it was asked', category: 'test' },
  config: schema<Config, Partial<Config>>({
    type: 'object',
    properties: { replicas: { type: 'integer', default: 1, minimum: 1 } },
  }),
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: { small: { replicas: 1 }, large: { replicas: 3 } },
  upstream: helmChart({ chart: 'echo', version: '1.2.3', repository: 'https://charts.example.org' }),
  compose({ scope, config, upstream }) {
    const replicas: number = config.replicas;
    new Secret(scope, 'empty', {});
    new HelmRelease(scope, 'server', { chart: upstream, values: { replicas } });
    return undefined;
  },
});
`;

const ECHO_XR = `
apiVersion: compose.openova.io/v1alpha1
kind: Echo
metadata: { name: echo, namespace: default }
spec: {}
`;

/** Says which files a process loads. */
const LOADED = `
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) console.error('loaded', url);
    return next(url, context);
  },
});
`;

/** Of what LOADED says: all but what starts bp. */
function fromPackages(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .filter((line) => /^loaded .*(?:dist\/(?!lib\/cli\/)|node_modules\/(?!@openova))/.test(line));
}

const WRONG_BLUEPRINT = TINY_BLUEPRINT.replace('const replicas: number', 'const replicas: string');

const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2024',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
  },
};

describe.skipIf(!ready)('the packed package, in a repository of its user', () => {
  let work: string;
  let user: UserRepository;
  const home = (): string => join(user.directory, 'node_modules/@openova/blueprints');
  const node = (...args: string[]) => run(process.execPath, args, { cwd: user.directory });
  const tsc = (...args: string[]) => node(join(root, 'node_modules/typescript/bin/tsc'), ...args);

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'bp-pack-'));
    user = await createUserRepository(await packTarball(work));
    user.write('tsconfig.json', JSON.stringify(TSCONFIG));
    user.write('blueprint.ts', TINY_BLUEPRINT);
  }, BUILD_TIMEOUT_MS);

  afterAll(() => {
    rmSync(work, { recursive: true, force: true });
    if (user !== undefined) rmSync(user.directory, { recursive: true, force: true });
  });

  test('ships JavaScript with declarations, the license, and nothing of our own development', async () => {
    const { stdout } = await run('find', ['.', '-type', 'f'], { cwd: home() });
    const files = stdout.split('\n').filter(Boolean);
    expect(files).toContain('./LICENSE');
    expect(files).toContain('./dist/lib/index.d.ts');
    const stray = files.filter((file) => /\.test[.-]|\.snap$|(^|\/)(golden|fixtures)\//.test(file));
    const sources = files.filter((file) => /(?<!\.d)\.ts$/.test(file) && !file.includes('/templates/'));
    expect([...stray, ...sources]).toEqual([]);
    const shipped = JSON.parse(readFileSync(join(home(), 'package.json'), 'utf8')) as Partial<Manifest>;
    expect(shipped).not.toHaveProperty('scripts');
    expect(shipped).not.toHaveProperty('devDependencies');
    expect(shipped.dependencies).toEqual(manifest.dependencies);
  });

  test('every door that exists here opens there', async () => {
    const doors = Object.entries(manifest.exports)
      .filter(([, target]) => target.endsWith('.ts') && existsSync(join(root, target)))
      .map(([door]) => door.replace(/^\./, '@openova/blueprints'));
    user.write('doors.mjs', doors.map((door) => `await import('${door}');`).join('\n'));
    expect(await node('doors.mjs')).toMatchObject({ code: 0, stderr: '' });
  });

  test('the schemas of the typed kinds came along', async () => {
    user.write(
      'schemas.mjs',
      "import { listKinds, loadSchema } from '@openova/blueprints/kinds';\n" +
        'const schemas = listKinds().map((info) => loadSchema(info));\nconsole.log(schemas.length > 50);\n',
    );
    expect(await node('schemas.mjs')).toMatchObject({ code: 0, stdout: 'true\n', stderr: '' });
  });

  test('a tiny Blueprint type-checks', async () => {
    expect(await tsc()).toMatchObject({ code: 0, stdout: '' });
  });

  test('our own declarations hold without skipLibCheck', async () => {
    const { stdout } = await tsc('--skipLibCheck', 'false');
    const ours = stdout.split('\n').filter((line) => line.includes('@openova/blueprints/'));
    expect(ours).toEqual([]);
  });

  test('a mistake in it is found, so the types do arrive', async () => {
    user.write('wrong.ts', WRONG_BLUEPRINT);
    const { code, stdout } = await tsc();
    rmSync(join(user.directory, 'wrong.ts'));
    expect(code).not.toBe(0);
    expect(stdout).toContain('wrong.ts(');
    expect(stdout).toContain("Type 'number' is not assignable to type 'string'");
  });

  test('it runs as it is, types stripped by Node', async () => {
    user.write('print.ts', "import echo from './blueprint.ts';\nconsole.log(echo.artifact, echo.kind);\n");
    expect(await node('print.ts')).toMatchObject({ code: 0, stdout: 'bp-echo Echo\n', stderr: '' });
  });

  test('bp and the threads of a host start from one module each, with the licences of what is in them', async () => {
    const { stdout } = await run('find', ['dist/bundle', '-type', 'f'], { cwd: home() });
    expect(stdout.trim().split('\n').sort()).toEqual([
      'dist/bundle/LICENSES.txt',
      ...['bp', 'compose', 'listen'].flatMap((name) => [
        expect.stringMatching(new RegExp(`^dist/bundle/${name}/bundle-\\w+\\.mjs$`)),
        `dist/bundle/${name}/bundle.json`,
      ]),
    ]);
    const licences = readFileSync(join(home(), 'dist/bundle/LICENSES.txt'), 'utf8');
    for (const name of ['cdk8s', 'constructs', 'yaml', 'commander', 're2js', 'semver'])
      expect(licences).toMatch(new RegExp(`^${name}$`, 'm'));
    user.write('xr.yaml', ECHO_XR);
    user.write('blueprints/echo/blueprint.ts', TINY_BLUEPRINT);
    user.write('loaded.mjs', LOADED);
    const bp = join(home(), 'dist/lib/cli/bp.mjs');
    const rendered = await node('--import', './loaded.mjs', bp, 'render', 'xr.yaml');
    expect(rendered).toMatchObject({ code: 0, stdout: expect.stringContaining('kind: HelmRelease') });
    expect(fromPackages(rendered.stderr)).toEqual([expect.stringMatching(/bundle\/bp\/bundle-\w+\.mjs$/)]);

    const listen = ['serve', '--insecure', '--address', '127.0.0.1:0', '--metrics-address', ''];
    const served = await run(process.execPath, ['--import', './loaded.mjs', bp, ...listen], {
      cwd: user.directory,
      onStdout: (_, kill) => kill('SIGTERM'),
    });
    rmSync(join(user.directory, 'blueprints'), { recursive: true });
    expect(served).toMatchObject({ code: 0, stdout: expect.stringContaining('"name":"echo"') });
    expect(fromPackages(served.stderr)).toEqual([
      // The thread starts first.
      expect.stringMatching(/dist\/lib\/function\/workers\/start-thread\.js$/),
      expect.stringMatching(/dist\/lib\/function\/defaults\.js$/),
      expect.stringMatching(/dist\/lib\/function\/workers\/messages\.js$/),
      expect.stringMatching(/bundle\/listen\/bundle-\w+\.mjs$/),
      expect.stringMatching(/bundle\/compose\/bundle-\w+\.mjs$/),
    ]);
  });

  test('bp --help answers', async (ctx) => {
    if (!commands) ctx.skip('lib/cli/main.ts does not exist yet');
    const { code, stdout } = await node(join(home(), 'dist/lib/cli/bp.mjs'), '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('bp');
    expect(await node(join(home(), 'dist/lib/cli/bp.mjs'), '--version')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(manifest.version),
    });
  });
});
