import { type CoreSchema, checkServed, type ServedKind, withoutNulls } from '../apiserver/index.ts';
import { resolveConfig } from '../blueprint/config.ts';
import type { Blueprint } from '../blueprint/define.ts';
import { type Issue, isToolkitError, ToolkitError } from '../errors.ts';
import { MANIFEST_API_VERSIONS, MANIFEST_SCHEMA } from '../generate/manifest-schema.ts';
import { xrSchema } from '../generate/xrd.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { KUBERNETES_VERSION, kubernetesKinds } from '../kinds/kubernetes.ts';
import { findKind, type KindInfo, loadDefinition, loadSchema } from '../kinds/registry.ts';
import { COMPOSE_API_VERSION, COMPOSE_GROUP } from '../model/names.ts';
import { applySchemaDefaults } from '../render/defaults.ts';
import { didYouMean, type StructuralSchema, validateStructural } from '../schema/index.ts';

/** The core definitions behind `$ref: k8s:…`, read from the package when one is asked for. */
class Definitions extends Map<string, StructuralSchema> {
  readonly #load: (name: string) => StructuralSchema | undefined;

  constructor(load: (name: string) => StructuralSchema | undefined) {
    super();
    this.#load = load;
  }

  override get(name: string): StructuralSchema | undefined {
    return this.#load(name);
  }
}

/** Kubernetes' own kinds of one version. */
interface CoreKinds {
  readonly schemas: Map<string, StructuralSchema | undefined>;
  readonly definitions: Definitions;
}

const OBJECT_META: StructuralSchema = { $ref: 'k8s:io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

/** What CRDs refer to is the same for every version of Kubernetes: they hold a copy of it. */
const definitions = new Definitions((name) => loadDefinition(name));
const customSchemas = new Map<string, StructuralSchema>();
const coreKinds = new Map<string, CoreKinds>();
const xrSchemas = new WeakMap<Blueprint, StructuralSchema>();

/** What judged an object: its kind's schema, the XRD of a Blueprint, or nothing that we know. */
export interface ObjectVerdict {
  readonly known: boolean;
  readonly issues: readonly Issue[];
}

export interface ValidateObjectOptions {
  /** Schemas by `apiVersion kind`, which go before those of the package. */
  readonly schemas?: ReadonlyMap<string, StructuralSchema>;
  /** The stored object, for an update: rules that look at `oldSelf` then apply. */
  readonly previous?: JsonObject;
  /** Which version's own kinds judge, one of `KUBERNETES_VERSIONS`. @default the one that the package's schemas are of */
  readonly kubernetes?: string;
}

/**
 * Judges an object as kube-apiserver would under strict field validation, CEL included: XRs of the project's
 * Blueprints by their XRD, other kinds by the schemas of the package.
 */
export function validateObject(
  object: JsonObject,
  blueprints: Iterable<Blueprint>,
  options: ValidateObjectOptions = {},
): ObjectVerdict {
  const missing = (['apiVersion', 'kind'] as const).filter((key) => typeof object[key] !== 'string');
  if (missing.length > 0) {
    return { known: true, issues: missing.map((path) => ({ path, message: 'is required' })) };
  }
  const { apiVersion, kind } = object as { apiVersion: string; kind: string } & JsonObject;
  if (apiVersion === COMPOSE_API_VERSION) {
    const blueprint = [...blueprints].find((b) => b.kind === kind);
    return blueprint === undefined
      ? unknownOwnKind(kind, [...blueprints])
      : { known: true, issues: validateXr(object, blueprint, options.previous) };
  }
  if (apiVersion.startsWith(`${COMPOSE_GROUP}/`)) {
    const message = `"${apiVersion}" is not served`;
    return { known: true, issues: [{ path: 'apiVersion', message, remedy: `write ${COMPOSE_API_VERSION}` }] };
  }
  if (kind === 'Blueprint' && MANIFEST_API_VERSIONS.includes(apiVersion)) {
    return { known: true, issues: validateStructural(MANIFEST_SCHEMA, withObjectDependencies(object)) };
  }
  const given = options.schemas?.get(`${apiVersion} ${kind}`);
  const info = findKind(apiVersion, kind);
  const served = servedAs(object, info);
  if (given === undefined && info?.door === 'core') return judgeCore(object, info, options);
  const schema = given === undefined ? info && customSchema(info) : withMetadata(given);
  if (schema === undefined) return { known: false, issues: [] };
  return { known: true, issues: judge(object, { schema, served, definitions }, options.previous) };
}

/** One of Kubernetes' own kinds, as the version has it that was asked for. */
function judgeCore(object: JsonObject, info: KindInfo, options: ValidateObjectOptions): ObjectVerdict {
  const version = options.kubernetes ?? KUBERNETES_VERSION;
  const { schemas, definitions } = coreOf(version);
  const key = `${info.apiVersion} ${info.kind}`;
  if (!schemas.has(key)) schemas.set(key, withoutRequired(kubernetesKinds(version).schema(info)));
  const schema = schemas.get(key);
  if (schema === undefined) {
    const message = `"${info.apiVersion} ${info.kind}" is not served by Kubernetes ${version}`;
    return { known: true, issues: [{ path: 'apiVersion', message }] };
  }
  const minor = Number(version.split('.')[1]);
  const own = { schema, minor, definition: (name: string) => definitions.get(name) };
  return { known: true, issues: judge(object, { schema, served: info, definitions, own }, options.previous) };
}

function coreOf(version: string): CoreKinds {
  const known = coreKinds.get(version);
  if (known !== undefined) return known;
  const kinds = kubernetesKinds(version);
  const lenient = new Map<string, StructuralSchema | undefined>();
  const load = (name: string): StructuralSchema | undefined => {
    if (!lenient.has(name)) lenient.set(name, withoutRequired(kinds.definition(name)));
    return lenient.get(name);
  };
  const core = {
    schemas: new Map<string, StructuralSchema | undefined>(),
    definitions: new Definitions(load),
  };
  coreKinds.set(version, core);
  return core;
}

/** Of its own kinds the apiserver checks in code what must be there, after defaults that no schema tells. */
function withoutRequired(schema: StructuralSchema | undefined): StructuralSchema | undefined {
  if (schema === undefined) return undefined;
  const { required: _, ...rest } = schema;
  return rest;
}

/** A dependency that is a bare string is an older way to write its name. */
function withObjectDependencies(manifest: JsonObject): JsonObject {
  const { spec } = manifest;
  if (!isObject(spec) || !Array.isArray(spec.depends)) return manifest;
  const depends = spec.depends.map((d) => (typeof d === 'string' ? { blueprint: d } : d));
  return { ...manifest, spec: { ...spec, depends } };
}

interface Judged {
  readonly schema: StructuralSchema;
  readonly served: ServedKind;
  readonly definitions: Definitions;
  /** Of one of Kubernetes' own kinds. */
  readonly own?: CoreSchema;
}

/** As the apiserver does: what the schema says, then what it checks in code. */
function judge(object: JsonObject, judged: Judged, oldValue?: JsonObject): readonly Issue[] {
  const { schema, served, definitions, own } = judged;
  const { status: _, ...rest } = withoutIdleNulls(object, own !== undefined);
  // Rules rely on defaults, so these come first, as in the apiserver.
  const stored = applySchemaDefaults(rest, schema as JsonObject);
  const issues = validateStructural(schema, stored, {
    definitions,
    resource: true,
    ...(oldValue === undefined ? {} : { oldValue }),
  });
  const said = new Set(issues.map((issue) => issue.path));
  return [...issues, ...checkServed(rest, served, own).filter((issue) => !said.has(issue.path))];
}

/** Go reads null as not there: in Kubernetes' own objects everywhere, in others in their metadata. */
function withoutIdleNulls(object: JsonObject, core: boolean): JsonObject {
  if (core) return withoutNulls(object);
  return isObject(object.metadata) ? { ...object, metadata: withoutNulls(object.metadata) } : object;
}

function servedAs(object: JsonObject, info: KindInfo | undefined): ServedKind {
  const [group = '', version] = String(object.apiVersion).split('/');
  return (
    info ?? { group: version === undefined ? '' : group, kind: String(object.kind), scope: 'Namespaced' }
  );
}

/** With nothing to compare with (a nested XR judged alone) it is not known; else it is a slip. */
function unknownOwnKind(kind: string, blueprints: readonly Blueprint[]): ObjectVerdict {
  const near = didYouMean(
    kind,
    blueprints.map((b) => b.kind),
  );
  if (near === undefined) return { known: false, issues: [] };
  return {
    known: true,
    issues: [
      { path: 'kind', message: `no Blueprint here has kind "${kind}"`, remedy: `did you mean ${near}?` },
    ],
  };
}

function customSchema(info: KindInfo): StructuralSchema {
  const known = customSchemas.get(info.schemaFile);
  if (known !== undefined) return known;
  const schema = withMetadata(loadSchema(info));
  customSchemas.set(info.schemaFile, schema);
  return schema;
}

/** Every object has the fields of ObjectMeta and no others; its schema may narrow them. */
function withMetadata(schema: StructuralSchema): StructuralSchema {
  const metadata = schema.properties?.metadata;
  if (metadata?.$ref !== undefined) return schema;
  const { type: _, ...narrower } = metadata ?? {};
  const closed = Object.keys(narrower).length === 0 ? OBJECT_META : { ...OBJECT_META, allOf: [narrower] };
  return { ...schema, properties: { ...schema.properties, metadata: closed } };
}

/** First as the apiserver does, then as the host does once sizes and defaults are merged in. */
function validateXr(xr: JsonObject, blueprint: Blueprint, oldValue?: JsonObject): readonly Issue[] {
  const served: ServedKind = { group: COMPOSE_GROUP, kind: blueprint.kind, scope: blueprint.scope };
  const issues = judge(xr, { schema: schemaOfXr(blueprint), served, definitions }, oldValue);
  if (issues.length > 0) return issues;
  const spec = xr.spec as { config?: JsonObject; size?: string; placement?: JsonObject };
  const placement = spec.placement as { mode?: string; regions?: readonly string[] } | undefined;
  try {
    resolveConfig(blueprint, {
      config: spec.config ?? {},
      size: spec.size,
      placement: { mode: placement?.mode, regions: placement?.regions ?? [] },
    });
    return [];
  } catch (error) {
    if (!(error instanceof ToolkitError) || !isToolkitError(error)) throw error;
    return linesAsIssues(error.message);
  }
}

/** The findings of a composed error stand on its lines as `path: message`, after the headline. */
function linesAsIssues(message: string): readonly Issue[] {
  return message
    .split('\n')
    .slice(1)
    .map((line) => {
      const at = line.indexOf(': ');
      return at === -1
        ? { path: 'spec', message: line }
        : { path: line.slice(0, at), message: line.slice(at + 2) };
    });
}

/** The XRD's schema with what Crossplane injects into the CRD. */
export function schemaOfXr(blueprint: Blueprint): StructuralSchema {
  const known = xrSchemas.get(blueprint);
  if (known !== undefined) return known;
  const own = xrSchema(blueprint) as StructuralSchema;
  const { spec = {}, metadata = {} } = withMetadata(own).properties ?? {};
  const crossplane: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema: StructuralSchema = {
    type: 'object',
    required: ['spec'],
    properties: {
      metadata,
      spec: { ...spec, properties: { ...spec.properties, crossplane } },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  xrSchemas.set(blueprint, schema);
  return schema;
}
