import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

// An `import` of node:fs makes Node start its streams, which costs a tenth of a short command.
const { readFileSync, renameSync, statSync, writeFileSync } = process.getBuiltinModule('node:fs');

/** What a thread runs: commands, the host's listening, or its composing. */
export type BundleName = 'bp' | 'listen' | 'compose';

/**
 * What most runs of `bp` need of the toolkit, compiled into one module: to load it file by file takes longer than to
 * render an XR. Each export is the namespace of one module, named by its path.
 */
export interface Bundle {
  /** URL of the one module. */
  readonly url: string;
  /** URLs of the modules that it stands for → names of its exports: `lib/errors.ts`, `cdk8s`. */
  readonly modules: ReadonlyMap<string, string>;
  /** Whether the peers compiled in are the ones that the toolkit would load; without them it loads its own. */
  readonly peers: boolean;
}

/** `bundle.json`, beside the bundle itself. Paths are relative to the folder that holds `lib/`. */
export interface BundleManifest {
  readonly file: string;
  readonly modules: readonly string[];
  /** Versions of the peers that were compiled in. */
  readonly peers: Readonly<Record<string, string>>;
  /** What it was made of, as it was then. */
  readonly inputs: readonly InputStamp[];
}

/** Path, modification time, change time, bytes: whoever writes a file changes one of them. */
export type InputStamp = readonly [string, number, number, number];

const MANIFEST = 'bundle.json';

/** A file as it is now; one that is not there has no bytes. */
export function stampOf(root: string, path: string): InputStamp {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  return found === undefined ? [path, 0, 0, -1] : [path, found.mtimeMs, found.ctimeMs, found.size];
}

/** The manifest in a folder, or undefined where there is none that can be read. */
export function readManifest(folder: string): BundleManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as BundleManifest;
  } catch {
    return undefined; // none was written yet
  }
}

/** Puts a file in place in one step: who reads meanwhile sees the old one or the new one. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, path);
}

export function writeManifest(folder: string, manifest: BundleManifest): void {
  replaceFile(join(folder, MANIFEST), JSON.stringify(manifest));
}

/** Is every input as it was when the bundle was made? */
export function isFresh(root: string, { inputs }: BundleManifest): boolean {
  return inputs.every((then) => {
    const now = stampOf(root, then[0]);
    return now[1] === then[1] && now[2] === then[2] && now[3] === then[3];
  });
}

/** Key of a symbol on `globalThis`: set, the bundle loads the peers that the toolkit finds, not those compiled in. */
export const OTHER_PEERS = 'openova.bp.other-peers';

/** Where the toolkit finds a peer, and which version that is; undefined where it is not installed. */
export function peerAt(
  root: string,
  name: string,
): { readonly url: string; readonly version: string } | undefined {
  try {
    const file = createRequire(join(root, 'package.json')).resolve(name);
    const manifest = JSON.parse(readFileSync(join(dirname(file), '../package.json'), 'utf8')) as {
      version: string;
    };
    return { url: pathToFileURL(file).href, version: manifest.version };
  } catch {
    return undefined;
  }
}

/** The bundle that a manifest describes. */
export function toBundle(root: string, folder: string, { file, modules, peers }: BundleManifest): Bundle {
  const base = pathToFileURL(join(root, '/')).href;
  const found = Object.entries(peers).map(([name, version]) => ({ name, version, at: peerAt(root, name) }));
  const equal = found.every(({ version, at }) => at?.version === version);
  return {
    url: pathToFileURL(join(folder, file)).href,
    modules: new Map([
      ...modules.map((path) => [base + path, path] as const),
      ...(equal ? found.map(({ name, at }) => [at?.url ?? '', name] as const) : []),
    ]),
    peers: equal,
  };
}
