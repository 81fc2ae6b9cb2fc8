import { escapeUnit } from '../internal/escape-unit.ts';

/**
 * A compiled module with every character beyond ASCII escaped. esbuild escapes those of strings and names itself, and leaves
 * those of regular expressions. One is enough: V8 then holds the whole text with two bytes a character, and Node copies it
 * with three to look its compiled code up. glibc keeps up to twice the largest piece that it ever unmapped
 * (`M_TRIM_THRESHOLD` in mallopt(3)), for each thread: a busy host held 10 MiB more.
 */
export function inOneByte(source: string): string {
  return source.replace(/[^\0-\x7f]/g, escapeUnit);
}
