import { ToolkitError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { MAX_YAML_BYTES, parseYaml } from '../internal/yaml.ts';
import { checkSchema } from './check-schema.ts';
import type { KindFile, Origin, Schema } from './kind-file.ts';
import { pruneSchema, withoutStatus } from './prune.ts';

/** One text in which CRDs may stand, and how to call it. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

const DEFINITION = /^(?:CustomResourceDefinition|CompositeResourceDefinition)$/;
const API_GROUPS = ['apiextensions.k8s.io/', 'apiextensions.crossplane.io/'];
const GROUP = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/;
const VERSION = /^v[0-9]{1,4}((alpha|beta)[0-9]{1,4})?$/;
const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;
const PLURAL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** What a generated module holds besides its constructs. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['ApiResource', 'Construct', 'EmptyObject', 'ObjectMeta', 'OpenObject', 'OpenValue'],
]);
export const MAX_KINDS = 5000; // versions of kinds from one source

/**
 * Every served version of the CRDs and XRDs in untrusted texts; other objects are passed over.
 * @throws ToolkitError `invalid` or `limit` naming the text and the definition
 */
export function readDefinitionsOf(
  texts: readonly SourceText[],
  origin: Pick<Origin, 'module' | 'version'>,
): KindFile[] {
  const found = new Map<string, KindFile>();
  for (const { path, text } of texts) {
    for (const object of objectsOf(text, path)) {
      for (const kind of kindsOf(object, path, { ...origin, path, licence: '' })) {
        found.set(`${kind.group}/${kind.version} ${kind.kind}`, kind);
        if (found.size > MAX_KINDS) {
          throw new ToolkitError('limit', `Cannot import "${origin.module}": more than ${MAX_KINDS} kinds`);
        }
      }
    }
  }
  return [...found.values()];
}

/** Documents are bounded one by one: what a provider ships may be larger than one may be. */
function objectsOf(text: string, path: string): readonly JsonObject[] {
  const parts = text.length > MAX_YAML_BYTES ? text.split(/^---[ \t]*(?:#.*)?$/m) : [text];
  return parts
    .filter((part) => /C(?:ustom|omposite)ResourceDefinition/.test(part))
    .flatMap((part) => parseYaml(part, path))
    .flatMap((value) => (isObject(value) && Array.isArray(value.items) ? (value.items as Json[]) : [value]))
    .filter(isObject)
    .filter(
      (object) =>
        DEFINITION.test(String(object.kind)) &&
        API_GROUPS.some((group) => String(object.apiVersion).startsWith(group)),
    );
}

function kindsOf(object: JsonObject, path: string, origin: Origin): KindFile[] {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const refuse = (what: string): ToolkitError =>
    new ToolkitError('invalid', `Cannot import "${String(metadata.name).slice(0, 260)}": ${what}`, {
      place: path,
    });
  const spec = isObject(object.spec) ? object.spec : {};
  const names = isObject(spec.names) ? spec.names : {};
  const group = checked(spec.group, GROUP, 'spec.group', refuse);
  const kind = checked(names.kind, KIND, 'spec.names.kind', refuse);
  const plural = checked(names.plural, PLURAL, 'spec.names.plural', refuse);
  if (RESERVED.has(kind)) throw refuse(`its kind "${kind}" is a name that generated modules need`);
  if (!Array.isArray(spec.versions)) throw refuse('spec.versions is not a list');
  const scope = scopeOf(object, spec);
  return (spec.versions as readonly Json[]).filter(isObject).flatMap((entry): KindFile[] => {
    const version = checked(entry.name, VERSION, 'a version’s name', refuse);
    const holder = isObject(entry.schema) ? entry.schema : {};
    if (entry.served === false || holder.openAPIV3Schema === undefined) return [];
    const wrong = checkSchema(holder.openAPIV3Schema, version);
    if (wrong !== undefined) throw refuse(wrong);
    const schema = withoutStatus(pruneSchema(holder.openAPIV3Schema as Schema));
    return [{ origin, door: group, docs: '', group, version, kind, plural, scope, schema }];
  });
}

function checked(
  value: unknown,
  pattern: RegExp,
  what: string,
  refuse: (what: string) => ToolkitError,
): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw refuse(`${what} is not one: ${JSON.stringify(value)?.slice(0, 80)}`);
}

/** An XRD of Crossplane v1 has no scope and stands for a cluster-scoped kind; of v2 it is namespaced by default. */
function scopeOf(object: JsonObject, spec: JsonObject): KindFile['scope'] {
  if (spec.scope !== undefined) return spec.scope === 'Namespaced' ? 'Namespaced' : 'Cluster';
  return object.apiVersion === 'apiextensions.crossplane.io/v2' ? 'Namespaced' : 'Cluster';
}
