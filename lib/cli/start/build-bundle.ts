import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';
import { BANNER, loadedLate, nodeModulesLate } from '../../pipeline/load-late.ts';
import { inOneByte } from '../../pipeline/one-byte.ts';
import {
  type BundleManifest,
  type BundleName,
  OTHER_PEERS,
  peerAt,
  replaceFile,
  stampOf,
  writeManifest,
} from './bundle.ts';

/** npm packages that are compiled in. Others load where they are used, and peers must stay the author's own. */
const COMPILED_IN: ReadonlySet<string> = new Set([
  '@marcbachmann/cel-js',
  'commander',
  're2js',
  'semver',
  'yaml',
]);
/** Of these, what our own modules import and few runs use. Who listens reads no YAML at all, so it is not compiled in. */
const LATE: ReadonlySet<string> = new Set(['@marcbachmann/cel-js', 'yaml']);
/** Compiled in too, but only used where the project has the same versions. */
const PEERS: readonly string[] = ['cdk8s', 'constructs'];
const IN_PEER: RegExp = /[\\/]node_modules[\\/](cdk8s|constructs)[\\/]/;
/** Where each bundle starts from; with all that these build upon. */
const STARTS: Readonly<Record<BundleName, readonly string[]>> = {
  bp: [
    'lib/cli/start/run-main',
    'lib/cli/commands/render',
    'lib/cli/render/input',
    'lib/render/index',
    'lib/index',
  ],
  listen: ['lib/cli/start/run-main', 'lib/cli/commands/serve', 'lib/function/host/host'],
  compose: [
    'lib/cli/serve-worker',
    'lib/cli/project-carried',
    'lib/function/workers/compose-in-thread',
    'lib/index',
  ],
};
/** What decides how the bundle looks, without being in it. */
const OWN = [
  'lib/internal/escape-unit.ts',
  'lib/cli/start/build-bundle.ts',
  'lib/cli/start/bundle.ts',
  'lib/pipeline/load-late.ts',
  'lib/pipeline/one-byte.ts',
];
const KEPT_MS = 60 * 60 * 1000; // a thread that starts within an hour still finds the file that its process runs

const SETTINGS = {
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minifyWhitespace: true,
  lineLimit: 200, // Node prints the line of an error that nobody caught
  entryNames: 'bundle-[hash]',
  outExtension: { '.js': '.mjs' }, // else Node would parse it to find out what it is
  tsconfigRaw: {},
  legalComments: 'none',
  logLevel: 'silent',
  banner: { js: BANNER },
} as const satisfies BuildOptions;

/**
 * Compiles what `name` says of the toolkit below `root` into a folder and says what it made. The file is named by its
 * content, so that a process that still runs from an older one is not disturbed.
 * @param packages where npm packages are installed, if not at or above `root`
 * @throws Error from esbuild, or from the file system
 */
export async function buildBundle(
  root: string,
  folder: string,
  name: BundleName,
  packages: string = root,
): Promise<BundleManifest> {
  const { build, transform } = await import('esbuild');
  const compile = (paths: readonly string[]) =>
    build({
      ...SETTINGS,
      absWorkingDir: root,
      nodePaths: [join(packages, 'node_modules')],
      outdir: folder,
      stdin: { contents: exporting(paths), sourcefile: 'bundle.js', resolveDir: root },
      plugins: [
        nodeModulesLate(IN_PEER),
        packagesLate(root, name),
        peersIfEqual(root),
        leaveOthersOut(folder),
        keepPlaces(folder, transform),
      ],
    });
  const held = name === 'listen' ? [] : PEERS; // who listens composes nothing
  // The first run tells which modules there are, the second one exports them all.
  const modules = modulesOf((await compile(startsOf(root, name))).metafile);
  const { outputFiles, metafile } = await compile([...modules, ...held]);
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild gave no file');
  mkdirSync(folder, { recursive: true });
  replaceFile(output.path, inOneByte(output.text));
  removeOld(folder);
  const peers = Object.fromEntries(held.map((peer) => [peer, peerAt(packages, peer)?.version ?? '']));
  const manifest = { file: relative(folder, output.path), modules, peers, inputs: inputsOf(root, metafile) };
  writeManifest(folder, manifest);
  return manifest;
}

/** Sources in the repository, compiled ones in a package. What composes has the doors that Blueprints import. */
function startsOf(root: string, name: BundleName): readonly string[] {
  const extension = statSync(join(root, 'lib/index.ts'), { throwIfNoEntry: false }) ? '.ts' : '.js';
  const kinds = name === 'listen' ? [] : readdirSync(join(root, 'lib/kinds/gen')).filter(isModule);
  return [...STARTS[name].map((path) => path + extension), ...kinds.map((kind) => `lib/kinds/${kind}`)];
}

const isModule = (name: string): boolean => /\.[jt]s$/.test(name) && !/\.(?:test|d)\.ts$/.test(name);

function exporting(paths: readonly string[]): string {
  const from = (path: string): string => JSON.stringify(PEERS.includes(path) ? path : `./${path}`);
  return paths.map((path) => `export * as ${JSON.stringify(path)} from ${from(path)};\n`).join('');
}

function modulesOf({ inputs }: Metafile): readonly string[] {
  return Object.keys(inputs)
    .filter((path) => path.startsWith('lib/'))
    .sort();
}

/** What is imported late loads from its own file when it comes to that. */
function leaveOthersOut(folder: string): Plugin {
  return {
    name: 'leave-others-out',
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        return { path: relative(folder, join(resolveDir, path)).replaceAll('\\', '/'), external: true };
      });
      build.onResolve({ filter: /^[^./]/ }, ({ path, pluginData }) =>
        COMPILED_IN.has(packageOf(path)) || pluginData === path ? undefined : { path, external: true },
      );
    },
  };
}

const packageOf = (path: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path;

function packagesLate(root: string, bundle: BundleName): Plugin {
  const load = bundle === 'listen' ? 'require__' : 'require';
  return {
    name: 'packages-late',
    setup(build) {
      build.onResolve({ filter: /^[@a-z]/ }, ({ path, kind, pluginData }) =>
        LATE.has(path) && kind === 'import-statement' && pluginData !== path
          ? { path, namespace: 'late-package' }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'late-package' }, ({ path }) => ({
        contents: loadedLate(`${load}(${JSON.stringify(path)})`),
        resolveDir: root,
      }));
    },
  };
}

/**
 * The peers are compiled in as well, and used where the project has just these versions; else what the project has. What
 * they themselves import is for things that few renders do, and three quarters of what they load.
 */
function peersIfEqual(root: string): Plugin {
  return {
    name: 'peers-if-equal',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind, pluginData }) => {
        if (PEERS.includes(path) && pluginData !== path && kind !== 'entry-point')
          return { path, namespace: 'peer' };
        if (!IN_PEER.test(importer) || isBuiltin(path) || PEERS.includes(path)) return undefined;
        return { path, namespace: 'late', pluginData: importer };
      });
      build.onLoad({ filter: /.*/, namespace: 'peer' }, ({ path }) => {
        const name = JSON.stringify(path);
        const contents = `module.exports = globalThis[Symbol.for(${JSON.stringify(OTHER_PEERS)})] ? require__(${name}) : require(${name});`;
        return { contents, resolveDir: root, pluginData: path };
      });
      build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path, pluginData }) => {
        const peer = IN_PEER.exec(String(pluginData))?.[1];
        const from = `createRequire__(require__.resolve(${JSON.stringify(`${peer}/package.json`)}))`;
        return { contents: loadedLate(`${from}(${JSON.stringify(path)})`) };
      });
    },
  };
}

/** A module that looks for files beside itself finds them where its source lies, not where it was compiled to. */
function keepPlaces(folder: string, transform: typeof import('esbuild').transform): Plugin {
  return {
    name: 'keep-places',
    setup(build) {
      build.onLoad({ filter: /[\\/]lib[\\/].*\.[jt]s$/ }, async ({ path }) => {
        if (path.includes('node_modules')) return undefined;
        const text = readFileSync(path, 'utf8');
        if (!text.includes('import.meta')) return undefined;
        const at = relative(folder, path).replaceAll('\\', '/');
        const { code } = await transform(text, {
          loader: path.endsWith('.ts') ? 'ts' : 'js',
          target: 'node22',
          define: {
            'import.meta.url': '__url',
            'import.meta.filename': '__filename',
            'import.meta.dirname': '__dirname',
          },
        });
        const head = `import { fileURLToPath as __toPath } from 'node:url'; import { dirname as __folderOf } from 'node:path';
const __url = new URL(${JSON.stringify(at)}, import.meta.url).href, __filename = __toPath(__url), __dirname = __folderOf(__filename);\n`;
        return { contents: head + code, loader: 'js', resolveDir: dirname(path) };
      });
    },
  };
}

/** Sources one by one; of a package its package.json, and what npm notes of all that it installed. */
function inputsOf(root: string, { inputs }: Metafile): BundleManifest['inputs'] {
  const paths = new Set(['package.json', 'node_modules/.package-lock.json', ...OWN]);
  for (const input of Object.keys(inputs)) {
    if (/^[a-z-]+:/.test(input)) continue; // made by a plugin
    const inPackage = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (inPackage !== undefined) paths.add(`${inPackage}/package.json`);
    else if (input.startsWith('lib/')) paths.add(input);
  }
  return [...paths].map((path) => stampOf(root, path));
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { force: true, recursive: true });
  }
}
