import type { CatalogueEntry } from '../../blueprint/catalogue.ts';
import { ToolkitError } from '../../errors.ts';
import { gunzip } from '../../internal/gzip.ts';
import { isObject, type Json, parseJson } from '../../internal/json.ts';
import { readTar } from '../../internal/untar.ts';
import { type BundleRef, formatRef } from './bundle-ref.ts';

/** A bundle layer, unpacked and checked; nothing of it has run. */
export interface OpenedBundle {
  readonly code: string;
  /** Range of host APIs. */
  readonly hostApi: string;
  readonly catalogue: readonly CatalogueEntry[];
}

export const MAX_UNPACKED_BYTES: number = 4 * 1024 * 1024; // 4 MiB
const MAX_ENTRIES = 16;
const MAX_CATALOGUE = 1000;

/** @throws ToolkitError `invalid` or `limit` saying what is wrong with the archive or its `bundle.json` */
export function openBundle(layer: Uint8Array, ref: BundleRef): OpenedBundle {
  const what = `the bundle of "${formatRef(ref)}"`;
  const tar = gunzip(layer, what, MAX_UNPACKED_BYTES);
  const files = new Map(
    readTar(tar, what, { maxBytes: MAX_UNPACKED_BYTES, maxEntries: MAX_ENTRIES }).map((f) => [
      f.path,
      f.content,
    ]),
  );
  const text = (path: string): string => {
    const content = files.get(path);
    if (content === undefined) throw new ToolkitError('invalid', `Cannot use ${what}: it has no ${path}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  };
  return { code: text('blueprint.mjs'), ...readFacts(parseJson(text('bundle.json'), what), ref, what) };
}

function readFacts(facts: Json, ref: BundleRef, what: string): Omit<OpenedBundle, 'code'> {
  const refuse = (state: string): ToolkitError => new ToolkitError('invalid', `Cannot use ${what}: ${state}`);
  if (!isObject(facts)) throw refuse('bundle.json is not an object');
  const { name, version, hostApi, catalogue } = facts;
  if (name !== ref.name || version !== ref.version) {
    throw refuse(`it says of itself that it is ${JSON.stringify([name, version]).slice(0, 200)}`);
  }
  if (typeof hostApi !== 'string') throw refuse('bundle.json has no "hostApi"');
  if (!Array.isArray(catalogue) || catalogue.length > MAX_CATALOGUE || !catalogue.every(isEntry)) {
    throw refuse('the "catalogue" in bundle.json is not a list of Blueprints');
  }
  return { hostApi, catalogue };
}

function isEntry(value: unknown): value is CatalogueEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Partial<Record<keyof CatalogueEntry, unknown>>;
  const texts = [entry.name, entry.version, entry.kind, entry.plural];
  const lists = [entry.sizes, entry.placements];
  return (
    texts.every((t) => typeof t === 'string') &&
    (entry.scope === 'Cluster' || entry.scope === 'Namespaced') &&
    lists.every((l) => Array.isArray(l) && l.every((t) => typeof t === 'string'))
  );
}
