import { isObject, type Json } from './json.ts';

const WIDTH = 110; // columns, as the formatter of this repository has it

/** JSON for people: a key a line, but short lists of plain values on one. Ends with a line feed. */
export function formatJson(value: Json): string {
  return `${format(value, '', 0)}\n`;
}

/** `before` is how much of the line is taken already. */
function format(value: Json, indent: string, before: number): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    const line = `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
    const plain = items.every((item) => item === null || typeof item !== 'object');
    // One more for the comma that may follow.
    if (plain && indent.length + before + line.length + 1 <= WIDTH) return line;
    return `[\n${items.map((item) => inner + format(item, inner, 0)).join(',\n')}\n${indent}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, item]) => {
    const name = `${JSON.stringify(key)}: `;
    return inner + name + format(item, inner, name.length);
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
