import { compareBytes } from '../internal/json.ts';
import { apiVersionOf, type DefinitionsFile, type KindFile, type Schema } from './kind-file.ts';
import { isStruct, Names, pascal, quote } from './names.ts';
import { membersOf, type TypeContext, typeOf } from './types.ts';

/** What differs between the constructs that we ship and those in a user's repository. */
export interface EmitStyle {
  /** The first line of each file. */
  readonly header: string;
  /** Modules of `ApiResource`, of the shared types and of the core types. */
  readonly resource: string;
  readonly types: string;
  readonly core: string;
}

// A plaintext value does not type-check: secrets come through ExternalSecret.
const OMITTED = new Map([['v1 Secret', ['data', 'stringData']]]);
const ROOT_FIELDS = ['apiVersion', 'kind', 'metadata'];
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const CORE_DOOR = 'core';

/** Type names of the core definitions that are structures; others are written out where they are used. */
export function coreNames(file: DefinitionsFile, kinds: readonly KindFile[]): Map<string, string> {
  const classes = new Set(kinds.filter((k) => k.door === CORE_DOOR).map((k) => k.kind));
  const used = new Set([...classes].flatMap((c) => [c, `${c}Props`]));
  const out = new Map([[OBJECT_META, 'ObjectMeta']]);
  for (const [name, schema] of Object.entries(file.definitions)) {
    if (!isStruct(schema) || out.has(name)) continue;
    const [version = '', last = ''] = name.split('.').slice(-2);
    const group = name.split('.').at(-3) ?? '';
    const choices = [
      last,
      classes.has(last) ? `${last}Object` : pascal(group) + last,
      pascal(group) + pascal(version) + last,
    ];
    const free = choices.find((choice) => !used.has(choice));
    if (free === undefined) throw new Error(`Cannot name "${name}": ${choices.join(', ')} are taken`);
    used.add(free);
    out.set(name, free);
  }
  return out;
}

/** The module with the constructs of one door. */
export function emitDoor(
  door: string,
  kinds: readonly KindFile[],
  core: DefinitionsFile,
  coreTypes: ReadonlyMap<string, string>,
  style: EmitStyle,
): string {
  const sorted = [...kinds].sort((a, b) => compareBytes(a.kind, b.kind));
  const shared = new Set<string>(['ObjectMeta']);
  const imported = new Set<string>();
  const roots = sorted.map((k): [string, Schema] => [k.kind, bodyOf(k)]);
  const definitions = door === CORE_DOOR ? coreStructs(core, coreTypes) : [];
  const taken = sorted
    .flatMap((k) => [k.kind, `${k.kind}Props`])
    .concat([...coreTypes.values(), 'ApiResource']);
  const context: TypeContext = {
    names: new Names([...roots, ...definitions], taken),
    ref(name) {
      const type = coreTypes.get(name);
      if (type === undefined) return typeOf(core.definitions[name] as Schema, context);
      if (type === 'ObjectMeta') shared.add(type);
      else if (door !== CORE_DOOR) imported.add(type);
      return type;
    },
    use(name) {
      shared.add(name);
      return name;
    },
  };
  const body = [
    ...sorted.map((kind) => emitClass(kind, context)),
    ...[...definitions, ...context.names.all()].map(([name, schema]) => emitInterface(name, schema, context)),
  ];
  return [style.header + imports(shared, imported, style), ...body].join('\n');
}

function coreStructs(core: DefinitionsFile, coreTypes: ReadonlyMap<string, string>): [string, Schema][] {
  return Object.entries(core.definitions)
    .filter(([name]) => coreTypes.has(name) && name !== OBJECT_META)
    .map(([name, schema]): [string, Schema] => [coreTypes.get(name) as string, schema])
    .sort(([a], [b]) => compareBytes(a, b));
}

// What a person writes: without the fields that the class fills in, and with the spec that many CRDs do not
// require although the spec itself has required fields.
function bodyOf(kind: KindFile): Schema {
  const entries = Object.entries(kind.schema.properties ?? {}).filter(
    ([name]) => !ROOT_FIELDS.includes(name),
  );
  const properties = Object.fromEntries(entries);
  const needsSpec = (properties.spec?.required ?? []).length > 0;
  const required = [...(kind.schema.required ?? []), ...(needsSpec ? ['spec'] : [])];
  return { ...kind.schema, properties, required };
}

function imports(shared: ReadonlySet<string>, core: ReadonlySet<string>, style: EmitStyle): string {
  const lines = [
    "import type { Construct } from 'constructs';",
    `import { ApiResource } from '${style.resource}';`,
  ];
  lines.push(`import type { ${[...shared].sort(compareBytes).join(', ')} } from '${style.types}';`);
  if (core.size > 0)
    lines.push(`import type { ${[...core].sort(compareBytes).join(', ')} } from '${style.core}';`);
  return `${lines.join('\n')}\n`;
}

function emitClass(kind: KindFile, context: TypeContext): string {
  const { kind: name, origin } = kind;
  const apiVersion = apiVersionOf(kind);
  const members = membersOf(bodyOf(kind), context, OMITTED.get(`${apiVersion} ${name}`));
  const of = [origin.module, origin.version].filter((part) => part !== '').join(' ');
  const docs = kind.docs === '' ? '' : `\n * @see ${kind.docs}`;
  const optional = !members.some((line) => /^ {2}readonly [^?:[]+:/.test(line));
  return `/** The manifest of a {@link ${name}}. */
export interface ${name}Props {
  readonly metadata?: ObjectMeta | undefined;
${members.map((m) => `${m}\n`).join('')}}

/**
 * ${name}, \`${apiVersion}\`, ${kind.scope}. Structure as of ${of.replaceAll('*/', '*\\/')}.${docs}
 */
export class ${name} extends ApiResource {
  static readonly apiVersion = ${quote(apiVersion)};
  static readonly kind = ${quote(name)};
  static readonly scope = ${quote(kind.scope)};

  constructor(scope: Construct, id: string, props: ${name}Props${optional ? ' = {}' : ''}) {
    super(scope, id, { apiVersion: ${name}.apiVersion, kind: ${name}.kind }, props);
  }
}
`;
}

function emitInterface(name: string, schema: Schema, context: TypeContext): string {
  const members = membersOf(schema, context);
  return `export interface ${name} {\n${members.map((m) => `${m}\n`).join('')}}\n`;
}
