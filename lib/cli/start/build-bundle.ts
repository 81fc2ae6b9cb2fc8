import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';
import { type BundleManifest, OTHER_PEERS, peerAt, replaceFile, stampOf, writeManifest } from './bundle.ts';

/** npm packages that are compiled in. Others load where they are used, and peers must stay the author's own. */
const COMPILED_IN: ReadonlySet<string> = new Set([
  '@marcbachmann/cel-js',
  'commander',
  're2js',
  'semver',
  'yaml',
]);
/** Compiled in too, but only used where the project has the same versions. */
const PEERS: readonly string[] = ['cdk8s', 'constructs'];
/** What `bp render` loads, and what Blueprints import; with all that these build upon. */
const STARTS = [
  'lib/cli/start/run-main',
  'lib/cli/commands/render',
  'lib/cli/render/input',
  'lib/render/index',
  'lib/index',
];
/** What decides how the bundle looks, without being in it. */
const OWN = ['lib/cli/start/build-bundle.ts', 'lib/cli/start/bundle.ts'];
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
  // CommonJS modules that were compiled in ask for Node's own modules this way.
  banner: {
    js: "import{createRequire as createRequire__}from'node:module';const require=createRequire__(import.meta.url),require__=require;",
  },
} as const satisfies BuildOptions;

/**
 * Compiles the toolkit below `root` into a folder and says what it made. The file is named by its content, so that a
 * process that still runs from an older one is not disturbed.
 * @param packages where npm packages are installed, if not at or above `root`
 * @throws Error from esbuild, or from the file system
 */
export async function buildBundle(
  root: string,
  folder: string,
  packages: string = root,
): Promise<BundleManifest> {
  const { build, transform } = await import('esbuild');
  const extension = statSync(join(root, 'lib/index.ts'), { throwIfNoEntry: false }) ? '.ts' : '.js';
  const kinds = readdirSync(join(root, 'lib/kinds/gen')).filter((name) => isModule(name));
  const starts = [...STARTS.map((path) => path + extension), ...kinds.map((name) => `lib/kinds/${name}`)];
  const compile = (paths: readonly string[]) =>
    build({
      ...SETTINGS,
      absWorkingDir: root,
      nodePaths: [join(packages, 'node_modules')],
      outdir: folder,
      stdin: { contents: exporting(paths), sourcefile: 'bundle.js', resolveDir: root },
      plugins: [nodeModulesLate(), peersIfEqual(root), leaveOthersOut(folder), keepPlaces(folder, transform)],
    });
  // The first run tells which modules there are, the second one exports them all.
  const modules = modulesOf((await compile(starts)).metafile);
  const { outputFiles, metafile } = await compile([...modules, ...PEERS]);
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild gave no file');
  mkdirSync(folder, { recursive: true });
  replaceFile(output.path, output.contents);
  removeOld(folder);
  const peers = Object.fromEntries(PEERS.map((name) => [name, peerAt(packages, name)?.version ?? '']));
  const manifest = { file: relative(folder, output.path), modules, peers, inputs: inputsOf(root, metafile) };
  writeManifest(folder, manifest);
  return manifest;
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

/**
 * The peers are compiled in as well, and used where the project has just these versions; else what the project has. What
 * they themselves import is for things that few renders do, and three quarters of what they load.
 */
function peersIfEqual(root: string): Plugin {
  const inPeer = new RegExp(`[\\\\/]node_modules[\\\\/](?:${PEERS.join('|')})[\\\\/]`);
  return {
    name: 'peers-if-equal',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind, pluginData }) => {
        if (PEERS.includes(path) && pluginData !== path && kind !== 'entry-point')
          return { path, namespace: 'peer' };
        if (!inPeer.test(importer) || isBuiltin(path) || PEERS.includes(path)) return undefined;
        return { path, namespace: 'late', pluginData: importer };
      });
      build.onLoad({ filter: /.*/, namespace: 'peer' }, ({ path }) => {
        const name = JSON.stringify(path);
        const contents = `module.exports = globalThis[Symbol.for(${JSON.stringify(OTHER_PEERS)})] ? require__(${name}) : require(${name});`;
        return { contents, resolveDir: root, pluginData: path };
      });
      build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path, pluginData }) => {
        const peer = inPeer.exec(String(pluginData))?.[0].split(/[\\/]/).at(-2);
        const from = `createRequire__(require__.resolve(${JSON.stringify(`${peer}/package.json`)}))`;
        const names = Object.keys(createRequire(String(pluginData))(path) as object);
        return { contents: late(`${from}(${JSON.stringify(path)})`, names) };
      });
    },
  };
}

/**
 * Node's own modules, loaded when something of them is asked for: an `import` of node:fs or node:process alone makes Node
 * start all that their getters stand for, streams and readline among them.
 */
function nodeModulesLate(): Plugin {
  return {
    name: 'node-modules-late',
    setup(build) {
      build.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
        isBuiltin(path) && kind !== 'dynamic-import' && kind !== 'entry-point'
          ? { path: path.replace(/^node:/, ''), namespace: 'node' }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => {
        const real = `process.getBuiltinModule(${JSON.stringify(path)})`;
        const found: unknown = process.getBuiltinModule(path);
        const plain = typeof found === 'object' && found !== null;
        return { contents: plain ? late(real, Object.keys(found)) : `module.exports = ${real};` };
      });
    },
  };
}

/**
 * A CommonJS module that asks the real one each time. Of child processes even a name is taken late: cdk8s takes one as it
 * starts, and Node would load its sockets for it.
 */
function late(real: string, names: readonly string[]): string {
  const members = names.map((name) => {
    const key = JSON.stringify(name);
    return real.includes('"child_process"') && name !== 'ChildProcess'
      ? `${key}(...args) { return ${real}[${key}](...args); }`
      : `get ${key}() { return ${real}[${key}]; }`;
  });
  return `module.exports = { ${members.join(', ')} };`;
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
