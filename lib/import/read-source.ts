import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { gunzip, isGzip } from '../internal/gzip.ts';
import { compareBytes, isObject, parseJson } from '../internal/json.ts';
import { readTar } from '../internal/untar.ts';
import {
  type CallOptions,
  type Descriptor,
  type HttpTransport,
  isIndexType,
  parseManifest,
  type ReadTarget,
} from '../oci/index.ts';
import { readDefinitionsOf, type SourceText } from './crd.ts';
import type { ImportedSource } from './plan.ts';

/** How sources are reached. Nothing but `https://` and `oci://` sources uses the network. */
export interface ImportPorts {
  /** Relative paths and `npm:` packages are looked up from here. */
  readonly root: string;
  http(): Promise<HttpTransport>;
  /** The repository of a reference, and its tag or digest. */
  open(reference: string): Promise<{ readonly target: ReadTarget; readonly at: string }>;
  readonly signal?: AbortSignal;
}

const MAX_SOURCE_BYTES = 64 * 1024 * 1024; // 64 MiB of text, from one source
const MAX_FILES = 10_000;
const MAX_REDIRECTS = 5;
const YAML = /\.(ya?ml|json)$/;
const XPKG = 'io.crossplane.xpkg';

interface Found {
  readonly texts: readonly SourceText[];
  readonly version?: string;
}

/** Whether reading it again needs the network. */
export function isRemote(source: string): boolean {
  return /^(?:https|oci):\/\//.test(source);
}

/**
 * Reads the CRDs and XRDs of a source: a file, a folder, `npm:PACKAGE`, `https://…`, or `oci://HOST/PATH:TAG`, which
 * may be a Crossplane package or any artifact whose layers hold YAML.
 * @throws ToolkitError `not-found`, `limit`, `invalid`, `network` and what registries answer
 */
export async function readSource(source: string, ports: ImportPorts): Promise<ImportedSource> {
  const { texts, version } = await textsOf(source, ports);
  const kinds = readDefinitionsOf(texts, { module: source, version: version ?? '' });
  if (kinds.length === 0) {
    throw new ToolkitError('not-found', `Cannot import "${source}": it holds no CRD that is served`, {
      remedy: 'name the file or folder that holds the CustomResourceDefinitions',
    });
  }
  const hash = createHash('sha256');
  for (const { path, text } of texts) hash.update(`${path}\0${text.length}\0`).update(text);
  return { source, ...(version !== undefined && { version }), sha256: hash.digest('hex'), kinds };
}

async function textsOf(source: string, ports: ImportPorts): Promise<Found> {
  if (source.startsWith('https://')) return { texts: [await download(source, ports)] };
  if (source.startsWith('oci://')) return readArtifact(source.slice('oci://'.length), ports);
  if (source.startsWith('npm:')) return readNpm(source.slice('npm:'.length), ports.root);
  if (/^[a-z][a-z+.-]+:\/\//.test(source)) {
    throw new ToolkitError('usage', `Cannot import "${source}": only https:// and oci:// are fetched`);
  }
  return { texts: readPath(join(ports.root, source), source) };
}

function readPath(path: string, source: string): readonly SourceText[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    const remedy = 'a package is oci://HOST/PATH:TAG or npm:NAME, a page https://…';
    throw new ToolkitError('not-found', `Cannot import "${source}": there is no such file`, { remedy });
  }
  const files = stat.isDirectory() ? yamlBelow(path) : [''];
  let left = MAX_SOURCE_BYTES;
  return files.map((file) => {
    const at = join(path, file);
    left -= statSync(at).size;
    if (left < 0) throw tooLarge(source);
    return { path: file === '' ? source : file, text: readFileSync(at, 'utf8') };
  });
}

/** Links are not followed, nor installed packages looked through. */
function yamlBelow(folder: string, prefix = '', found: string[] = []): string[] {
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git') {
      yamlBelow(folder, path, found);
    } else if (entry.isFile() && YAML.test(entry.name)) found.push(path);
    if (found.length > MAX_FILES) {
      throw new ToolkitError('limit', `Cannot import "${folder}": it has more than ${MAX_FILES} YAML files`);
    }
  }
  return prefix === '' ? found.sort(compareBytes) : found;
}

const NPM_NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

function readNpm(name: string, root: string): Found {
  const folder = join(root, 'node_modules', name);
  if (!NPM_NAME.test(name) || lstatSync(folder, { throwIfNoEntry: false }) === undefined) {
    throw new ToolkitError('not-found', `Cannot import "npm:${name}": it is not installed in "${root}"`, {
      remedy: 'npm install it first',
    });
  }
  const manifest = parseJson(readFileSync(join(folder, 'package.json'), 'utf8'), `package.json of ${name}`);
  const version = isObject(manifest) && typeof manifest.version === 'string' ? manifest.version : undefined;
  return { texts: readPath(folder, `npm:${name}`), ...(version !== undefined && { version }) };
}

async function download(source: string, ports: ImportPorts): Promise<SourceText> {
  const http = await ports.http();
  let url = new URL(source);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    if (url.protocol !== 'https:') {
      throw new ToolkitError('network', `Cannot import "${source}": it redirects to ${url.protocol}//`);
    }
    const answer = await http.send({
      method: 'GET',
      url,
      maxBytes: MAX_SOURCE_BYTES,
      ...(ports.signal && { signal: ports.signal }),
    });
    const { location } = answer.headers;
    if (answer.status >= 300 && answer.status < 400 && location !== undefined) {
      url = new URL(location, url);
      continue;
    }
    if (answer.status !== 200) {
      throw new ToolkitError('network', `Cannot import "${source}": the server answered ${answer.status}`);
    }
    return { path: source, text: new TextDecoder().decode(answer.body) };
  }
  throw new ToolkitError('network', `Cannot import "${source}": more than ${MAX_REDIRECTS} redirects`);
}

async function readArtifact(reference: string, ports: ImportPorts): Promise<Found> {
  const call: CallOptions = ports.signal === undefined ? {} : { signal: ports.signal };
  const { target, at } = await ports.open(reference);
  const found = await target.resolve(at, call);
  const layers = await layersOf(target, found, reference, call);
  const base = layers.find((layer) => layer.annotations?.[XPKG] === 'base');
  const texts: SourceText[] = [];
  let left = MAX_SOURCE_BYTES;
  for (const layer of base === undefined ? layers : [base]) {
    left -= layer.size;
    if (left < 0) throw tooLarge(`oci://${reference}`);
    texts.push(...textsOfLayer(await target.fetch(layer, call), `layer ${layer.digest} of "${reference}"`));
  }
  const version = at === found.digest ? at : `${at}@${found.digest}`;
  return { texts: texts.sort((a, b) => compareBytes(a.path, b.path)), version };
}

/** The layers of a manifest, of an index those of its first image. */
async function layersOf(
  target: ReadTarget,
  found: Descriptor,
  reference: string,
  call: CallOptions,
): Promise<readonly Descriptor[]> {
  let manifest = parseManifest(await target.fetch(found, call), found.mediaType);
  if (isIndexType(found.mediaType) && 'manifests' in manifest) {
    const [first] = manifest.manifests;
    if (first === undefined) throw new ToolkitError('not-found', `Cannot import "${reference}": it is empty`);
    manifest = parseManifest(await target.fetch(first, call), first.mediaType);
  }
  return 'layers' in manifest ? manifest.layers : [];
}

function textsOfLayer(bytes: Uint8Array, what: string): SourceText[] {
  const tar = isGzip(bytes) ? gunzip(bytes, what, MAX_SOURCE_BYTES) : bytes;
  return readTar(tar, what, { maxBytes: MAX_SOURCE_BYTES, maxEntries: MAX_FILES })
    .filter((file) => YAML.test(file.path))
    .map((file) => ({ path: file.path, text: new TextDecoder().decode(file.content) }));
}

function tooLarge(source: string): ToolkitError {
  return new ToolkitError('limit', `Cannot import "${source}": more than ${MAX_SOURCE_BYTES} bytes`);
}
