import { isObject } from '../internal/json.ts';
import { K8S_REF, type Schema } from './kind-file.ts';
import { isStruct, type Names, propertyKey, quote } from './names.ts';

/** What a type expression may lean on. */
export interface TypeContext {
  readonly names: Names;
  /** The TypeScript type of a `k8s:` definition. */
  ref(definition: string): string;
  /** Called with each name of `lib/kinds/types.ts` that is used. */
  use(shared: 'EmptyObject' | 'ObjectMeta' | 'OpenObject' | 'OpenValue'): string;
}

/** The TypeScript type of a schema: what an author may write there. */
export function typeOf(schema: Schema, context: TypeContext): string {
  const type = bareType(schema, context);
  return schema.nullable === true && type !== 'OpenValue' ? `${type} | null` : type;
}

function bareType(schema: Schema, context: TypeContext): string {
  if (schema.$ref !== undefined) return context.ref(schema.$ref.slice(K8S_REF.length));
  if (schema['x-kubernetes-int-or-string'] === true) return 'number | string';
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return arrayOf(typeOf(schema.items ?? {}, context));
    case 'object':
      return objectType(schema, context);
    default:
      return isStruct(schema) ? context.names.of(schema) : unionType(schema, context);
  }
}

// Without a `type` the structure allows anything, unless the alternatives are plain ones (Quantity: string or number).
function unionType(schema: Schema, context: TypeContext): string {
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (Array.isArray(alternatives) && alternatives.every((a: Schema) => typeof a.type === 'string')) {
    return alternatives.map((a: Schema) => typeOf(a, context)).join(' | ');
  }
  return context.use('OpenValue');
}

function objectType(schema: Schema, context: TypeContext): string {
  if (isStruct(schema)) return context.names.of(schema);
  if (isObject(schema.additionalProperties)) {
    return `{ readonly [key: string]: ${typeOf(schema.additionalProperties as Schema, context)} }`;
  }
  const open =
    schema.additionalProperties === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['x-kubernetes-embedded-resource'] === true;
  return context.use(open ? 'OpenObject' : 'EmptyObject');
}

function arrayOf(item: string): string {
  return item.includes(' | ')
    ? `readonly (${item})[]`
    : `readonly ${item}[]`.replace(/^readonly (readonly .*)\[\]$/, 'readonly ($1)[]');
}

function literal(value: unknown): string {
  return typeof value === 'string' ? quote(value) : JSON.stringify(value);
}

/** The members of an interface, one per line, each with its short doc. */
export function membersOf(schema: Schema, context: TypeContext, omitted: readonly string[] = []): string[] {
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties ?? {})
    .filter(([name]) => !omitted.includes(name))
    .flatMap(([name, child]) => {
      // The apiserver fills in defaults before it asks whether a required field is there.
      const optional = !required.has(name) || child.default !== undefined;
      const type =
        name === 'metadata' && isBareObject(child) ? context.use('ObjectMeta') : typeOf(child, context);
      const doc = docOf(child);
      const member = `  readonly ${propertyKey(name)}${optional ? '?' : ''}: ${type}${optional && type !== 'OpenValue' ? ' | undefined' : ''};`;
      return doc === '' ? [member] : [`  /** ${doc} */`, member];
    });
  if (
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['x-kubernetes-embedded-resource'] === true
  ) {
    lines.push(`  readonly [key: string]: ${context.use('OpenValue')};`);
  }
  return lines;
}

function isBareObject(schema: Schema): boolean {
  return schema.type === 'object' && !schema.properties && schema.additionalProperties === undefined;
}

/** Bounds, formats and the default of a field in one line; '' when there is nothing to say. */
export function docOf(schema: Schema): string {
  const parts = [
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' items'),
    formatDoc(schema.format),
    schema.pattern === undefined ? '' : `Pattern \`${schema.pattern}\``,
    listKeys(schema['x-kubernetes-list-map-keys']),
    schema.default === undefined ? '' : `@default ${JSON.stringify(schema.default)}`,
  ];
  return parts
    .filter((part) => part !== '')
    .join('. ')
    .replaceAll('*/', '*\\/');
}

function range(low: number | undefined, high: number | undefined, unit: string): string {
  if (low === undefined && high === undefined) return '';
  if (low === undefined) return `At most ${high}${unit}`;
  return high === undefined ? `At least ${low}${unit}` : `${low} to ${high}${unit}`;
}

// `int32` and `int64` say nothing to an author, whose numbers are neither.
function formatDoc(format: string | undefined): string {
  return format === undefined || /^(?:int32|int64|int-or-string|double|float)$/.test(format)
    ? ''
    : `Format ${format}`;
}

function listKeys(keys: readonly string[] | undefined): string {
  return keys === undefined ? '' : `Unique by ${keys.join(', ')}`;
}
