import { escapeCelName } from '../cel-values.ts';
import type { StructuralSchema } from '../structural-types.ts';

export type CelKind =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'object'
  | 'string'
  | 'timestamp';

/** A schema as CEL sees it: what it is, how large it gets, how small it can be. */
export interface CelType {
  readonly kind: CelKind;
  /** Most elements: characters, items, entries. */
  readonly max: number;
  /** Fewest bytes in JSON, which bounds how often it fits into a request. */
  readonly min: number;
  readonly fields?: ReadonlyMap<string, CelType>;
  /** Of a list, or the values of a map. */
  readonly element?: CelType;
}

export const MAX_REQUEST_BYTES: number = 3 * 1024 * 1024; // what the apiserver accepts
const MAX_TEXT = MAX_REQUEST_BYTES - 2; // quotes
const BYTES_PER_CHARACTER = 4;
const TIME_SIZE = 32;
const DATE_SIZE = 12;
const SMALLEST = { text: 2, bool: 4, number: 1, duration: 3, dateTime: 21, object: 2 };
const ENTRY_BYTES = 6; // `"k":` and a comma

export const STRING: CelType = { kind: 'string', max: MAX_TEXT, min: SMALLEST.text };
export const BOOL: CelType = { kind: 'bool', max: 0, min: SMALLEST.bool };
export const INT: CelType = { kind: 'int', max: 0, min: SMALLEST.number };
export const DOUBLE: CelType = { kind: 'double', max: 0, min: SMALLEST.number };
export const DYN: CelType = { kind: 'dyn', max: MAX_TEXT, min: 1 };
export const NULL: CelType = { kind: 'null', max: 1, min: 4 };

/** The type of a schema, or undefined where CEL cannot see it: no type, unknown fields, lists of such. */
export function celTypeOf(schema: StructuralSchema, root = false): CelType | undefined {
  if (schema['x-kubernetes-int-or-string']) {
    return {
      ...DYN,
      max: schema.maxLength === undefined ? MAX_TEXT : schema.maxLength * BYTES_PER_CHARACTER,
    };
  }
  switch (schema.type) {
    case 'array':
      return listType(schema);
    case 'object':
      return typeof schema.additionalProperties === 'object' ? mapType(schema) : objectType(schema, root);
    case 'string':
      return textType(schema);
    case 'boolean':
      return BOOL;
    case 'integer':
      return INT;
    case 'number':
      return DOUBLE;
    default:
      return undefined;
  }
}

function listType(schema: StructuralSchema): CelType | undefined {
  const { items, maxItems } = schema;
  const element = items === undefined ? undefined : celTypeOf(items, items['x-kubernetes-embedded-resource']);
  if (element === undefined) return undefined;
  return { kind: 'list', max: maxItems ?? Math.floor(MAX_TEXT / (element.min + 1)), min: 2, element };
}

function mapType(schema: StructuralSchema): CelType | undefined {
  const { additionalProperties: values, maxProperties } = schema;
  if (typeof values !== 'object') return undefined;
  const element = celTypeOf(values, values['x-kubernetes-embedded-resource']);
  if (element === undefined) return undefined;
  return {
    kind: 'map',
    max: maxProperties ?? Math.floor(MAX_TEXT / (element.min + ENTRY_BYTES)),
    min: 2,
    element,
  };
}

function objectType(schema: StructuralSchema, root: boolean): CelType {
  const fields = new Map<string, CelType>();
  let min = SMALLEST.object;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const type = celTypeOf(property, property['x-kubernetes-embedded-resource']);
    if (type === undefined) continue;
    fields.set(escapeCelName(name), type);
    if (schema.required?.includes(name) && property.default === undefined) min += name.length + type.min + 4;
  }
  if (root) {
    fields.set('apiVersion', STRING).set('kind', STRING);
    const names = new Map([
      ...(fields.get('metadata')?.fields ?? []),
      ['name', STRING],
      ['generateName', STRING],
    ] as const);
    fields.set('metadata', { kind: 'object', max: 0, min: SMALLEST.object, fields: names });
  }
  return { kind: 'object', max: 0, min, fields };
}

function textType(schema: StructuralSchema): CelType {
  const { maxLength, enum: values } = schema;
  switch (schema.format) {
    case 'byte':
      return { kind: 'bytes', max: maxLength ?? MAX_TEXT, min: SMALLEST.text };
    case 'duration':
      return { kind: 'duration', max: TIME_SIZE, min: SMALLEST.duration };
    case 'date':
      return { kind: 'timestamp', max: DATE_SIZE, min: DATE_SIZE };
    case 'date-time':
      return { kind: 'timestamp', max: TIME_SIZE, min: SMALLEST.dateTime };
  }
  if (maxLength !== undefined) return { ...STRING, max: maxLength * BYTES_PER_CHARACTER };
  if (values === undefined || values.length === 0) return STRING;
  return {
    ...STRING,
    max: Math.max(...values.map((v) => (typeof v === 'string' ? Buffer.byteLength(v) : 0))),
  };
}
