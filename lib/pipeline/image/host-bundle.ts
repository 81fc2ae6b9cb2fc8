import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';
import { ToolkitError } from '../../errors.ts';
import type { TarEntry } from '../../internal/tar.ts';
import type { Project } from '../../project/index.ts';
import { BANNER, loadedLate, nodeModulesLate } from '../load-late.ts';
import { inOneByte } from '../one-byte.ts';

const NAME = '@openova/blueprints';
/** Doors that a signed bundle may come through; it shares what lies behind them with the host. */
const SHARED_DOORS = /^\.(?:$|\/(?:kinds|function)(?:\/|$))/;
/** Packages that a bundle shares with the host. A project without cdk8s-plus serves no bundle that needs it. */
const SHARED_PACKAGES = ['cdk8s', 'cdk8s-plus-28', 'constructs'] as const;
const FUNCTION_FOLDER = 'functions/blueprints';
/** What reads a repository and writes types; the image carries its Blueprints instead. */
const FOR_AUTHORS = /\/project-carried\.[jt]s$|^json-schema-to-typescript$/;

const IN_PEERS = /[\\/]node_modules[\\/](?:cdk8s|constructs)[\\/]/;
/** Packages that calls hardly ever need, in files of their own; `cdk8s` has its own copy of YAML. */
const LATE = ['@marcbachmann/cel-js', 'ajv', 'cdk8s/fast-json-patch', 'cdk8s/yaml', 're2js', 'yaml'];

const require: NodeJS.Require = createRequire(import.meta.url);

/**
 * Compiles the function package's `main.ts` with every Blueprint and function of the project: `main.mjs`, chunks that
 * are loaded when they are needed, and the doors by which signed bundles find the host's own copy of what they import.
 * @throws ToolkitError `invalid` for what does not compile
 */
export async function bundleHost(project: Project): Promise<readonly TarEntry[]> {
  const { build } = await import('esbuild');
  const root = realpathSync(project.root);
  const doors = sharedModules(root);
  const late = latePackages(root);
  const { outputFiles } = await build({
    ...SETTINGS,
    absWorkingDir: root,
    outdir: join(root, 'out'), // nothing is written
    entryPoints: [
      { in: mainOf(root), out: 'main' },
      { in: 'default:thread', out: 'worker' },
      { in: 'default:router', out: 'router' },
      ...[...doors.keys()].map((path) => ({ in: `shared:${path}`, out: path })),
      ...late.map(({ key }) => ({ in: `late:${key}`, out: `late/${key}` })),
    ],
    plugins: [
      carriedModule(project, root),
      hostDoor(mainOf(root)),
      sharedModule(root, doors),
      leaveOut(FOR_AUTHORS),
      nodeModulesLate(IN_PEERS),
      packagesLate(late),
    ],
  }).catch((cause: Error) => {
    throw new ToolkitError('invalid', `Cannot bundle the function host: ${cause.message.slice(0, 2000)}`, {
      cause,
    });
  });
  const files = outputFiles.map(({ path, text }) => ({
    path: relative(join(root, 'out'), path).replaceAll('\\', '/'),
    content: path.endsWith('.mjs') ? inOneByte(text) : text,
  }));
  return [...files, ...manifests([...doors.keys()])];
}

const SETTINGS = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  splitting: true, // host and bundles share one copy, and what most hosts never need stays unread
  chunkNames: 'chunks/[hash]',
  outExtension: { '.js': '.mjs' },
  minifyWhitespace: true, // names stay: a stack trace is read by people
  legalComments: 'external',
  tsconfigRaw: {},
  logLevel: 'silent',
  banner: { js: BANNER },
} as const satisfies BuildOptions;

const TOOLKIT: string = fileURLToPath(new URL('../../../', import.meta.url));
const own: string = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/** The code of a thread; it asks for `router.mjs`. */
const WORKER: string = fileURLToPath(new URL(`../../function/workers/worker-main.${own}`, import.meta.url));
/** What a thread serves, and with it signed bundles. */
const SERVE_WORKER: string = fileURLToPath(new URL(`../../cli/serve-worker.${own}`, import.meta.url));

/** What adapts a function written for another SDK, without the host beside it. */
const SDK_HANDLER: string = fileURLToPath(new URL(`../../function/sdk.${own}`, import.meta.url));

/** What a main needs of us; the whole of our door would bring all that authors write with. */
const RUN_HOST: string = fileURLToPath(new URL(`../../cli/start-host.${own}`, import.meta.url));
const NEEDS_THE_HOST_ALONE = new RegExp(`import \\{ runHost \\} from '${NAME}'`);

/** Module of the build alone: the list of the Blueprints that the image carries. */
const LIST = 'carried:list';

// A thread needs all of it before its first call, and the doors lead into it: imported by each of them, it becomes few
// chunks. Else it would be one for each set of doors that something lies behind, which takes longer to load.
const ROUTER = `import { carriedRouter } from ${JSON.stringify(SERVE_WORKER)};
import { carried } from '${LIST}';
export const createWorkerRouter = (given) => carriedRouter(carried, given);
`;
const THREAD = `import 'default:router';
import ${JSON.stringify(WORKER)};
`;
const DEFAULT_MAIN = `import { exit, argv } from 'node:process';
import { runHost } from '${NAME}';
import { carried } from './carried.ts';
exit(await runHost(carried, argv.slice(2)));
`;

// The thread that listens composes nothing, so it loads neither Blueprints nor what they are built on.
const CARRIED = `const root = import.meta.url.replace(/(?:chunks\\/)?[^/]+$/, '');
const at = (name) => root + name;
export const carried = {
  load: async () => (await import('${LIST}')).carried,
  threads: { entry: at('worker.mjs'), module: at('router.mjs') },
};
`;

const DEFAULTS: Readonly<Record<string, string>> = {
  'default:router': ROUTER,
  'default:thread': THREAD,
  'default:main': DEFAULT_MAIN,
};

function mainOf(root: string): string {
  const own = join(root, FUNCTION_FOLDER, 'main.ts');
  return existsSync(own) ? own : 'default:main';
}

/** Replaces `carried.ts` by the list of what the project holds. */
function carriedModule(project: Project, root: string): Plugin {
  return {
    name: 'carried',
    setup(build) {
      build.onResolve({ filter: /^default:/ }, ({ path }) => ({ path, namespace: 'default' }));
      build.onLoad({ filter: /.*/, namespace: 'default' }, ({ path }) => ({
        contents: DEFAULTS[path] ?? '',
        resolveDir: root,
      }));
      build.onResolve({ filter: /^\.\/carried\.ts$/ }, () => ({ path: 'carried', namespace: 'carried' }));
      build.onResolve({ filter: new RegExp(`^${LIST}$`) }, ({ path }) => ({ path, namespace: 'carried' }));
      build.onLoad({ filter: /.*/, namespace: 'carried' }, ({ path }) => ({
        contents: path === 'carried' ? CARRIED : carriedSource(project, root),
        resolveDir: root,
      }));
    },
  };
}

function carriedSource(project: Project, root: string): string {
  const blueprints = [...project.blueprints.values()].map((b) => `./${b.path}/blueprint.ts`);
  const folder = join(root, 'functions');
  const functions = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => existsSync(join(folder, name, 'function.ts')))
    .sort();
  return [
    `import { hostSdkHandler } from ${JSON.stringify(SDK_HANDLER)};`,
    ...blueprints.map((path, i) => `import b${i} from ${JSON.stringify(path)};`),
    ...functions.map(
      (name, i) => `import * as f${i} from ${JSON.stringify(`./functions/${name}/function.ts`)};`,
    ),
    'const handler = (name, { default: exported, version = "1.0.0" }) => ({ kind: "function", name, version,',
    '  compose: typeof exported === "function" ? exported : hostSdkHandler(exported) });',
    `export const carried = { blueprints: [${blueprints.map((_, i) => `b${i}`).join(', ')}],`,
    `  functions: [${functions.map((name, i) => `handler(${JSON.stringify(name)}, f${i})`).join(', ')}] };`,
  ].join('\n');
}

/** Path in the image, without `.mjs` → source that re-exports the module. */
function sharedModules(root: string): ReadonlyMap<string, string> {
  const { exports } = require(`${NAME}/package.json`) as {
    readonly exports: Readonly<Record<string, string>>;
  };
  const doors = Object.keys(exports).filter((door) => SHARED_DOORS.test(door));
  const from = createRequire(join(root, 'package.json'));
  const packages = SHARED_PACKAGES.filter((name) => isInstalled(from, name));
  return new Map([
    ...doors.map((door) => [`doors/${doorName(door)}`, `export * from '${NAME}${door.slice(1)}';`] as const),
    ...packages.map((name) => [`node_modules/${name}/index`, reexported(from, name)] as const),
  ]);
}

function doorName(door: string): string {
  return door === '.' ? 'index' : door.slice(2);
}

function isInstalled(from: NodeJS.Require, name: string): boolean {
  try {
    from.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** A CommonJS module has no names that esbuild could re-export, so they are listed. */
function reexported(from: NodeJS.Require, name: string): string {
  const names = Object.keys(from(name) as object).filter(
    (n) => /^[A-Za-z_$][\w$]*$/.test(n) && n !== 'default',
  );
  return `import * as all from '${name}';\nexport const { ${names.sort().join(', ')} } = all;\nexport default all;\n`;
}

function sharedModule(root: string, doors: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'shared',
    setup(build) {
      build.onResolve({ filter: /^shared:/ }, ({ path }) => ({
        path: path.slice('shared:'.length),
        namespace: 'shared',
      }));
      build.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path }) => ({
        contents: `import 'default:router';\n${doors.get(path)}`,
        resolveDir: root,
      }));
    },
  };
}

/** A main that imports `runHost` and nothing else gets that alone: half of the memory of the thread that listens. */
function hostDoor(main: string): Plugin {
  const text = existsSync(main) ? readFileSync(main, 'utf8') : DEFAULT_MAIN;
  const alone = NEEDS_THE_HOST_ALONE.test(text) && text.split(NAME).length === 2;
  return {
    name: 'host-door',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${NAME}$`) }, ({ importer }) =>
        alone && importer === main ? { path: RUN_HOST } : undefined,
      );
    },
  };
}

interface LatePackage {
  /** Path below `late/` in the image, without `.mjs`. */
  readonly key: string;
  readonly name: string;
  /** Folder of those that import it. */
  readonly inside: string;
}

function latePackages(root: string): readonly LatePackage[] {
  const cdk8s = dirname(createRequire(join(root, 'package.json')).resolve('cdk8s/package.json'));
  return LATE.map((key) => {
    const own = key.startsWith('cdk8s/');
    return { key, name: own ? key.slice('cdk8s/'.length) : key, inside: join(own ? cdk8s : TOOLKIT, 'lib/') };
  });
}

/** Loads a package from its own file when something of it is asked for. */
function packagesLate(packages: readonly LatePackage[]): Plugin {
  const find = (name: string, importer: string): LatePackage | undefined =>
    packages.find((each) => each.name === name && importer.startsWith(each.inside));
  return {
    name: 'packages-late',
    setup(build) {
      build.onResolve({ filter: /^late:/ }, ({ path }) => ({ path, namespace: 'late-package' }));
      build.onResolve({ filter: /^[@a-z]/ }, ({ path, importer, kind }) => {
        const found = kind === 'dynamic-import' ? undefined : find(path, importer);
        return found && { path: found.key, namespace: 'late' };
      });
      build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
        contents: loadedLate(`require__(${JSON.stringify(`#late/${path}`)})`),
      }));
      build.onLoad({ filter: /.*/, namespace: 'late-package' }, ({ path }) => {
        const { name, inside } = packages.find(({ key }) => `late:${key}` === path) as LatePackage;
        return { contents: `export * as 'module.exports' from '${name}';`, resolveDir: inside };
      });
    },
  };
}

function leaveOut(filter: RegExp): Plugin {
  return {
    name: 'leave-out',
    setup(build) {
      build.onResolve({ filter }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: 'left-out', namespace: 'left-out' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
        contents: "throw new Error('this is not part of the image');",
      }));
    },
  };
}

/** By which Node finds the doors: our own name from inside the folder, the others below node_modules. */
function manifests(paths: readonly string[]): readonly TarEntry[] {
  const { version } = require(`${NAME}/package.json`) as { readonly version: string };
  const doors = paths.filter((path) => path.startsWith('doors/'));
  const exports = Object.fromEntries(
    doors.map((path) => [path === 'doors/index' ? '.' : path.replace('doors', '.'), `./${path}.mjs`]),
  );
  const packages = paths.filter((path) => path.startsWith('node_modules/'));
  const json = (path: string, value: object): TarEntry => ({
    path,
    content: `${JSON.stringify(value, null, 2)}\n`,
  });
  return [
    json('package.json', {
      name: NAME,
      version,
      type: 'module',
      exports: { ...exports, './package.json': './package.json' },
      imports: { '#late/*': './late/*.mjs' },
    }),
    ...packages.map((path) =>
      json(path.replace(/index$/, 'package.json'), {
        name: path.split('/')[1],
        type: 'module',
        exports: './index.mjs',
      }),
    ),
  ];
}
