/** One UTF-16 unit as JavaScript and JSON escape it: `\u00b5`. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
