import { realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import type { BuildFailure, Message, Metafile, Plugin } from 'esbuild';
import type { CatalogueEntry } from '../blueprint/catalogue.ts';
import { ToolkitError } from '../errors.ts';
import type { TarEntry } from '../internal/tar.ts';
import type { Project, ProjectBlueprint } from '../project/index.ts';

/** A Blueprint compiled to one JavaScript module, as the function host loads it. */
export interface Bundle {
  /** `blueprint.mjs` and `bundle.json`. */
  readonly entries: readonly TarEntry[];
  /** npm packages that were compiled in, by name. */
  readonly packages: readonly string[];
}

/** `bundle.json`: what the host must know before it runs the module. */
export interface BundleFacts {
  readonly name: string;
  readonly version: string;
  /** Range of host APIs that the module was written for. */
  readonly hostApi: string;
  /** The Blueprints that it names and that existed when it was built. */
  readonly catalogue: readonly CatalogueEntry[];
}

export const HOST_API = '^1';
export const MAX_BUNDLE_BYTES: number = 1024 * 1024; // 1 MiB of source: the host keeps many of them
const SHOWN_INPUTS = 5;
const SHOWN_FAULTS = 5;

// The host brings one copy of these, so that constructs of Blueprints and toolkit know each other.
const EXTERNAL = [
  '@openova/blueprints',
  '@openova/blueprints/*',
  'cdk8s',
  'cdk8s-plus-28',
  'constructs',
] as const;

/**
 * Compiles `blueprint.ts` with all it imports. The same source gives the same bytes, wherever it lies.
 * @throws ToolkitError `invalid` for what does not compile or reaches for Node's own modules, `limit` when too large
 */
export async function bundleBlueprint(
  project: Project,
  one: ProjectBlueprint,
  version: string,
): Promise<Bundle> {
  const { code, metafile } = await compile(project, one);
  refuseSize(one, code, metafile);
  const facts: BundleFacts = { name: one.name, version, hostApi: HOST_API, catalogue: named(project, one) };
  return {
    entries: [
      { path: 'blueprint.mjs', content: code },
      { path: 'bundle.json', content: `${JSON.stringify(facts, null, 2)}\n` },
    ],
    packages: packagesOf(metafile),
  };
}

interface Compiled {
  readonly code: string;
  readonly metafile: Metafile;
}

async function compile(project: Project, one: ProjectBlueprint): Promise<Compiled> {
  const { build } = await import('esbuild');
  // esbuild writes paths of resolved links into comments, relative to where it works.
  const root = realpathSync(project.root);
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: root,
      entryPoints: [`./${one.path}/blueprint.ts`],
      outfile: 'blueprint.mjs',
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      charset: 'utf8',
      external: [...EXTERNAL],
      // A tsconfig.json above the project must not change what comes out.
      tsconfigRaw: {},
      legalComments: 'inline',
      logLevel: 'silent',
      plugins: [refuseNodeModules(root)],
    });
    const [file] = outputFiles;
    if (file === undefined) throw new ToolkitError('internal', 'Cannot bundle: esbuild gave no file');
    return { code: file.text, metafile };
  } catch (error) {
    throw isBuildFailure(error) ? doesNotCompile(one, error.errors) : error;
  }
}

/** Compose is pure: what could read a clock, a file or the network is refused where it is imported. */
function refuseNodeModules(root: string): Plugin {
  return {
    name: 'refuse-node-modules',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point' || !isBuiltin(path)) return undefined;
        const file = relative(root, importer).replaceAll('\\', '/');
        const text = `${file} imports "${path}": compose is pure, it may not use modules of Node`;
        return { errors: [{ text }] };
      });
    },
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function doesNotCompile(one: ProjectBlueprint, faults: readonly Message[]): ToolkitError {
  const lines = faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${placeOf(fault)}${fault.text}`);
  if (faults.length > SHOWN_FAULTS) lines.push(`  and ${faults.length - SHOWN_FAULTS} more`);
  const impure = faults.some((fault) => fault.pluginName === 'refuse-node-modules');
  return new ToolkitError('invalid', `Cannot bundle "${one.path}/blueprint.ts":\n${lines.join('\n')}`, {
    ...(impure && {
      remedy:
        'compose from what it is given (config, cluster, observed, dependencies); leave out packages that need Node',
    }),
  });
}

function placeOf({ location, pluginName }: Message): string {
  return location === null || pluginName !== ''
    ? ''
    : `${location.file}:${location.line}:${location.column + 1} `;
}

function refuseSize(one: ProjectBlueprint, code: string, metafile: Metafile): void {
  const size = Buffer.byteLength(code);
  if (size <= MAX_BUNDLE_BYTES) return;
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const largest = inputs
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, SHOWN_INPUTS)
    .map(([path, { bytesInOutput }]) => `  ${path}: ${bytesInOutput} bytes`);
  throw new ToolkitError(
    'limit',
    `Cannot bundle "${one.path}/blueprint.ts": ${size} bytes are more than ${MAX_BUNDLE_BYTES}, the largest inputs are\n${largest.join('\n')}`,
    { remedy: 'import less of them; data that compose does not need belongs elsewhere' },
  );
}

function named(project: Project, { blueprint }: ProjectBlueprint): readonly CatalogueEntry[] {
  const names = new Set([...blueprint.depends, ...blueprint.members].map((d) => d.blueprint));
  return [...names].sort().flatMap((name) => project.catalogue.get(name) ?? []);
}

function packagesOf(metafile: Metafile): readonly string[] {
  const names = Object.keys(metafile.inputs).map((path) => {
    const inside = path.split('node_modules/').at(-1) ?? '';
    if (inside === path) return undefined;
    return inside
      .split('/')
      .slice(0, inside.startsWith('@') ? 2 : 1)
      .join('/');
  });
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}
