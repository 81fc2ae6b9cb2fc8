import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';
import { inOneByte } from './one-byte.ts';

const SOURCE = `
const ñandú = 'ñ';
export default [
  /^\\d+(?:µs|μs)$/.test('5µs'), /^[à-ü]+$/.test('é'), /^.😀$/u.test('→😀'), /^[😀]$/v.test('😀'),
  ñandú, 'µ', \`\${ñandú} → 😀\`,
];`;

test('what esbuild leaves in regular expressions is escaped too, and means the same', async () => {
  const { code } = transformSync(SOURCE);
  expect(code).toMatch(/[^\0-\x7f]/);
  const escaped = inOneByte(code);
  expect(escaped).not.toMatch(/[^\0-\x7f]/);
  const { default: values } = await import(`data:text/javascript,${encodeURIComponent(escaped)}`);
  expect(values).toEqual([true, true, true, true, 'ñ', 'µ', 'ñ → 😀']);
});
