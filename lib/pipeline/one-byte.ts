/**
 * A compiled module with every character beyond ASCII escaped. esbuild escapes those of strings and names itself, and leaves
 * those of regular expressions. One is enough: V8 then holds the whole text with two bytes a character, and Node copies it
 * with three to look its compiled code up. glibc gives no more back to the system than twice the largest piece that was ever
 * freed (`M_TRIM_THRESHOLD` in mallopt(3)), so that 1 MiB of source made each of V8's threads hold on to 5.
 */
export function inOneByte(source: string): string {
  return source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
