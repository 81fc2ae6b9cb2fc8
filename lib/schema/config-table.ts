import type { ConfigSchema } from './config-schema-types.ts';

/** The reference of a config as a Markdown table: path, type, default, allowed values, description. */
export function formatConfigTable(schema: ConfigSchema): string {
  const rows: string[] = [];
  addProperties(schema, '', rows);
  return ['| Path | Type | Default | Allowed | Description |', '|---|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

function addProperties(schema: ConfigSchema, path: string, rows: string[]): void {
  const required = new Set(schema.required);
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    addRow(child, path === '' ? name : `${path}.${name}`, required.has(name), rows);
  }
}

function addRow(schema: ConfigSchema, path: string, required: boolean, rows: string[]): void {
  const fallback =
    schema.default === undefined ? (required ? 'required' : '') : code(JSON.stringify(schema.default));
  const cells = [
    code(path),
    typeText(schema),
    fallback,
    allowed(schema),
    schema.description ?? schema.title ?? '',
  ];
  rows.push(`| ${cells.map(cell).join(' | ')} |`);
  addProperties(schema, path, rows);
  if (schema.items?.type === 'object') addProperties(schema.items, `${path}[]`, rows);
  const more = schema.additionalProperties;
  if (typeof more === 'object' && more.type === 'object') addProperties(more, `${path}.*`, rows);
}

function typeText(schema: ConfigSchema): string {
  const more = schema.additionalProperties;
  let text: string = schema.type ?? (schema['x-kubernetes-int-or-string'] ? 'integer or string' : 'any');
  if (schema.items !== undefined) text = `array of ${typeText(schema.items)}`;
  else if (typeof more === 'object') text = `map of ${typeText(more)}`;
  return schema.nullable ? `${text} or null` : text;
}

function allowed(schema: ConfigSchema): string {
  const parts: string[] = [];
  if (schema.enum !== undefined) parts.push(schema.enum.map((v) => code(JSON.stringify(v))).join(', '));
  if (schema.format !== undefined) parts.push(schema.format);
  if (schema.pattern !== undefined) parts.push(`matches ${code(schema.pattern)}`);
  add(parts, schema.minimum, '≥');
  add(parts, schema.exclusiveMinimum, '>');
  add(parts, schema.maximum, '≤');
  add(parts, schema.exclusiveMaximum, '<');
  add(parts, schema.multipleOf, 'a multiple of');
  range(parts, schema.minLength, schema.maxLength, 'characters');
  range(parts, schema.minItems, schema.maxItems, 'items');
  range(parts, schema.minProperties, schema.maxProperties, 'keys');
  if (schema.uniqueItems) parts.push('no duplicates');
  return parts.join('; ');
}

function add(parts: string[], value: number | undefined, sign: string): void {
  if (value !== undefined) parts.push(`${sign} ${value}`);
}

function range(parts: string[], min: number | undefined, max: number | undefined, what: string): void {
  if (min === undefined && max === undefined) return;
  if (max === undefined) parts.push(`at least ${min} ${what}`);
  else parts.push(min === undefined ? `at most ${max} ${what}` : `${min} to ${max} ${what}`);
}

function code(text: string): string {
  const ticks = text.includes('`') ? '``' : '`';
  return `${ticks}${text}${ticks}`;
}

/** One line, no cell breaks: a description must not tear the table. */
function cell(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .trim();
}
