import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../internal/json.ts';
import { parseYaml } from '../internal/yaml.ts';
import type { Project, ProjectBlueprint } from '../project/index.ts';
import { loadProject } from '../project/index.ts';
import { type BuildOptions, type BuiltBlueprint, buildBlueprint } from './build.ts';
import { MAX_BUNDLE_BYTES } from './bundle.ts';
import { copyElsewhere, FixtureProject } from './fixture.test-helper.ts';

const ROOT = join(import.meta.dirname, '..', '..');

function pick(project: Project, name: string): ProjectBlueprint {
  const found = project.blueprints.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}
const digestOf = (built: BuiltBlueprint): string => built.artifact.manifest.descriptor.digest;
const textOf = (built: BuiltBlueprint, layer: 'manifests' | 'package' | 'bundle', path: string): string => {
  const entry = built.artifact.layers[layer].entries.find((e) => e.path === path);
  return entry === undefined ? '' : Buffer.from(entry.content).toString();
};
const objectsOf = (built: BuiltBlueprint): readonly JsonObject[] =>
  parseYaml(textOf(built, 'package', 'package.yaml'), 'package.yaml') as JsonObject[];

describe('buildBlueprint() of a small project', () => {
  let fixture: FixtureProject;
  let project: Project;
  const build = (options?: BuildOptions) => buildBlueprint(project, pick(project, 'echo'), options);

  beforeAll(async () => {
    fixture = new FixtureProject();
    project = await fixture.load();
  });
  afterAll(() => fixture.remove());

  test('layer 0 holds what each reader looks for, and nothing else', async () => {
    const paths = (await build()).artifact.layers.manifests.entries.map((e) => e.path);
    expect([...paths].sort()).toEqual([
      'README.md',
      'blueprint.yaml',
      'card/description.md',
      'card/icon.svg',
      'crossplane/configuration.yaml',
      'crossplane/flux.yaml',
      'crossplane/kustomization.yaml',
      'crossplane/rbac.yaml',
      'crossplane/runtime.yaml',
      'crossplane/xr.yaml',
      ...paths.filter((p) => p.startsWith('manifests/')).sort(),
    ]);
    expect(paths).toContain('manifests/overlays/small/kustomization.yaml');
    expect(paths).toContain('manifests/overlays/large/kustomization.yaml');
  });

  test('a product that only nests others needs no rights of its own, and so carries no role', async () => {
    const project = await loadProject(ROOT);
    const built = await buildBlueprint(project, pick(project, 'cortex'));
    expect(textOf(built, 'manifests', 'crossplane/rbac.yaml')).toBe('');
    const text = textOf(built, 'manifests', 'crossplane/kustomization.yaml');
    expect(parseYaml(text, 'kustomization.yaml')).toMatchObject([{ resources: ['configuration.yaml'] }]);
  });

  test('what Flux builds from crossplane/ holds no kind that the package brings, and waits for that kind', async () => {
    const built = await build();
    const [kustomization] = parseYaml(
      textOf(built, 'manifests', 'crossplane/kustomization.yaml'),
      'kustomization.yaml',
    );
    expect(kustomization).toMatchObject({ resources: ['rbac.yaml', 'configuration.yaml'] });
    const [install] = parseYaml(textOf(built, 'manifests', 'crossplane/flux.yaml'), 'flux.yaml');
    expect(install).toMatchObject({
      kind: 'Kustomization',
      metadata: { name: 'bp-echo' },
      spec: {
        path: './crossplane',
        prune: false,
        healthChecks: [
          { kind: 'Configuration', name: 'bp-echo' },
          { kind: 'CustomResourceDefinition', name: 'echos.compose.openova.io' },
        ],
      },
    });
    expect(objectsOf(built).map((o) => o.metadata)).toContainEqual(
      expect.objectContaining({ name: 'echos.compose.openova.io' }),
    );
  });

  test('the Composition names the digest of layer 2 and the version', async () => {
    const built = await build();
    const composition = objectsOf(built).find((o) => o.kind === 'Composition');
    expect(composition).toMatchObject({
      spec: {
        pipeline: [
          {
            input: {
              blueprint: 'echo',
              version: '1.0.0',
              bundle: {
                repository: 'ghcr.io/openova-io/bp-echo',
                digest: built.artifact.layers.bundle.descriptor.digest,
              },
            },
          },
        ],
      },
    });
  });

  test('the bundle is one module beside bundle.json, which lists the Blueprints that it names', async () => {
    const built = await build();
    expect(built.artifact.layers.bundle.entries.map((e) => e.path)).toEqual(['blueprint.mjs', 'bundle.json']);
    const code = textOf(built, 'bundle', 'blueprint.mjs');
    expect(code).toContain('from "@openova/blueprints"');
    expect(code, 'its own files are compiled in').toContain(', world');
    expect(code, 'no path of this machine').not.toContain(fixture.directory);
    expect(JSON.parse(textOf(built, 'bundle', 'bundle.json'))).toEqual({
      name: 'echo',
      version: '1.0.0',
      hostApi: '^1',
      catalogue: [expect.objectContaining({ name: 'parrot', kind: 'Parrot', version: '1.0.0' })],
    });
  });

  test('a development version follows from the source, and its dependencies may be development builds', async () => {
    const built = await build({ development: true });
    expect(built.version).toMatch(/^1\.0\.0-dev\.[0-9a-z]{12}$/);
    expect(digestOf(await build({ development: true }))).toBe(digestOf(built));
    const [configuration, , composition] = objectsOf(built);
    expect(JSON.stringify(configuration)).toContain('>=1.0.0-0');
    expect(JSON.stringify(objectsOf(await build())[0])).not.toContain('>=1.0.0-0');
    expect(JSON.stringify(composition)).toContain(built.version);
    expect(JSON.parse(textOf(built, 'bundle', 'bundle.json')).version).toBe(built.version);
    expect(textOf(built, 'manifests', 'crossplane/configuration.yaml')).toContain(built.version);
  });

  test('another time of building is no other development version', async () => {
    const [a, b] = await Promise.all([
      build({ development: true }),
      build({ development: true, created: 1_700_000_000 }),
    ]);
    expect(b.version).toBe(a.version);
  });

  test('a declared version that ends in -dev is always a development version', async () => {
    const one = pick(project, 'echo');
    const declared = { ...one, blueprint: { ...one.blueprint, version: '1.1.0-dev' } };
    const built = await buildBlueprint(project, declared);
    expect(built.version).toMatch(/^1\.1\.0-dev\.[0-9a-z]{12}$/);
  });

  test('another source is another development version', async () => {
    const one = pick(project, 'echo');
    const { version } = await build({ development: true });
    const readme = join(fixture.directory, 'blueprints/platform/echo/README.md');
    fixture.write('blueprints/platform/echo/README.md', '# Echo, said twice\n');
    const other = await buildBlueprint(project, one, { development: true });
    fixture.write('blueprints/platform/echo/README.md', '# Echo\n');
    expect(other.version, readme).not.toBe(version);
  });

  test('CRLF of a checkout is not in the artifact; links and hidden files are left out', async () => {
    const before = digestOf(await build());
    const folder = 'blueprints/platform/echo';
    fixture.write(`${folder}/README.md`, '# Echo\r\n');
    fixture.write(`${folder}/card/.DS_Store`, 'x');
    symlinkSync('/etc/passwd', join(fixture.directory, folder, 'card/passwd.txt'));
    const after = digestOf(await build());
    fixture.write(`${folder}/README.md`, '# Echo\n');
    rmSync(join(fixture.directory, folder, 'card/passwd.txt'));
    expect(after).toBe(before);
  });

  const impure = {
    Prefixed: {
      reason: 'the usual spelling',
      source: "import { readFileSync } from 'node:fs';",
      says: 'node:fs',
    },
    Bare: { reason: 'the old spelling', source: "import net from 'net';", says: '"net"' },
    Sub: { reason: 'a path below', source: "import { readFile } from 'fs/promises';", says: 'fs/promises' },
    Lazy: {
      reason: 'when it runs',
      source: "const x = await import('node:child_process');",
      says: 'node:child_process',
    },
  } as const;
  test.for(Object.entries(impure))('refuses modules of Node in a Blueprint: %s', async ([, tc]) => {
    const used = /\{ (\w+) \}|import (\w+) from|const (\w+)/.exec(tc.source);
    const name = used?.[1] ?? used?.[2] ?? used?.[3];
    fixture.write(
      'blueprints/platform/echo/greet.ts',
      `${tc.source}\nexport const greet = (text: string): string => String(${name}) + text;\n`,
    );
    const failure = build().catch((error: unknown) => error);
    await expect(failure, tc.reason).resolves.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('blueprints/platform/echo/greet.ts imports'),
      remedy: expect.stringContaining('compose from what it is given'),
    });
    expect(String(await failure)).toContain(tc.says);
  });

  // A published version can never be mended, so what validation refuses is not built at all.
  const unfit = {
    StaleTypes: {
      file: 'config.schema.json',
      text: '{"type": "object", "properties": {"greeting": {"type": "string", "default": "hi", "maxLength": 9}}}',
      says: 'config.ts .: was not made from the present config.schema.json',
    },
    NotJson: { file: 'config.schema.json', text: '{', says: 'it is not JSON' },
    Example: {
      file: 'examples/small.yaml',
      text: 'apiVersion: compose.openova.io/v1alpha1\nkind: Echo\nmetadata: {name: demo, namespace: default}\nspec: {size: huge}\n',
      says: 'examples/small.yaml spec.size',
    },
    NoTests: { file: 'blueprint.test.ts', text: '', says: 'no test expects anything' },
  } as const;
  test.for(Object.entries(unfit))(
    'builds nothing of what is not valid: %s',
    async ([, { file, text, says }]) => {
      const own = new FixtureProject();
      try {
        own.write(`blueprints/platform/echo/${file}`, text);
        const around = await own.load();
        await expect(buildBlueprint(around, pick(around, 'echo'))).rejects.toMatchObject({
          code: 'invalid',
          message: expect.stringContaining(says),
          remedy: expect.stringContaining('bp validate'),
        });
      } finally {
        own.remove();
      }
    },
  );

  test('says where a Blueprint does not compile', async () => {
    fixture.write('blueprints/platform/echo/greet.ts', 'export const greet = (;\n');
    await expect(build()).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('blueprints/platform/echo/greet.ts:1:'),
    });
  });

  test('names the largest inputs of a bundle that is too large', async () => {
    const text = 'x'.repeat(MAX_BUNDLE_BYTES);
    fixture.write(
      'blueprints/platform/echo/greet.ts',
      `export const greet = (t: string): string => t + '${text}';\n`,
    );
    await expect(build()).rejects.toMatchObject({
      code: 'limit',
      message: expect.stringMatching(
        /largest inputs are\n {2}blueprints\/platform\/echo\/greet\.ts: \d+ bytes/,
      ),
    });
  });
});

describe('buildBlueprint() of the real Blueprints', () => {
  let elsewhere: string;
  afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

  test('from a copy on another path, with other times: the same digests', async () => {
    elsewhere = copyElsewhere(ROOT);
    expect(existsSync(join(elsewhere, 'blueprints'))).toBe(true);
    const digests = async (root: string): Promise<Record<string, string>> => {
      const project = await loadProject(root);
      const out: Record<string, string> = {};
      for (const one of project.blueprints.values())
        out[one.name] = digestOf(await buildBlueprint(project, one));
      return out;
    };
    const here = await digests(ROOT);
    expect(Object.keys(here).length).toBeGreaterThanOrEqual(7);
    expect(await digests(elsewhere)).toEqual(here);
  }, 180_000); // builds the whole catalogue twice
});
