import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { downloadModule, type Source } from '../../../../hack/kinds/sources.ts';
import { isObject, type Json, type JsonObject } from '../../../../lib/internal/json.ts';

const SOURCES = join(import.meta.dirname, '../../../../hack/kinds.sources.json');
// Half a megabyte of YAML is read twice as fast without looking for the same key twice.
const FAST = { uniqueKeys: false, prettyErrors: false };
const CROSSPLANE_GROUP = /\.crossplane\.io$/; // core installs its own

/**
 * The CRDs of every kind that we ship, as their projects publish them (the Go modules that our schemas were made from):
 * the judge must not be made from what it judges. Only the versions that we ship are served.
 */
export function upstreamCrds(): readonly JsonObject[] {
  const sources = JSON.parse(readFileSync(SOURCES, 'utf8')) as Source[];
  return sources
    .filter((source) => source.door !== 'core')
    .flatMap((source) => {
      const folder = join(downloadModule(source), source.folder);
      return source.kinds.map((entry) => {
        const crd = readCrd(join(folder, entry.file), entry.kind);
        return servingOnly(crd, entry.version ?? '');
      });
    })
    .filter((crd) => isObject(crd.spec) && !CROSSPLANE_GROUP.test(String(crd.spec.group)));
}

function readCrd(path: string, kind: string | undefined): JsonObject {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'), FAST).map((doc) => doc.toJS() as unknown);
  const found = documents.filter(isObject).find((crd) => {
    const { names } = isObject(crd.spec) ? crd.spec : {};
    return isObject(names) && (kind === undefined || names.kind === kind);
  });
  if (found === undefined) throw new Error(`Cannot read "${path}": it has no CRD of the kind`);
  return found;
}

/** One version, no conversion (there is no webhook here), no prose (which alone would be megabytes). */
function servingOnly(crd: JsonObject, version: string): JsonObject {
  const { conversion: _, versions, ...spec } = crd.spec as JsonObject & { versions: readonly JsonObject[] };
  const one = versions.find((v) => v.name === version);
  if (one === undefined) throw new Error(`Cannot serve "${version}": the CRD does not have it`);
  const metadata = isObject(crd.metadata) ? crd.metadata : {};
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: metadata.name ?? '', annotations: metadata.annotations ?? {} },
    spec: { ...spec, versions: [{ ...withoutProse(one, false), served: true, storage: true }] },
  };
}

function withoutProse(node: JsonObject, isMap: boolean): JsonObject {
  const entries = Object.entries(node).flatMap(([key, value]): [string, Json][] => {
    if (!isMap && key === 'description' && typeof value === 'string') return [];
    return [[key, prose(value as Json, !isMap && key === 'properties')]];
  });
  return Object.fromEntries(entries);
}

function prose(value: Json, isMap: boolean): Json {
  if (Array.isArray(value)) return value.map((item: Json) => prose(item, false));
  return isObject(value) ? withoutProse(value, isMap) : value;
}
