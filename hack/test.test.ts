import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('an option that npm test does not know is refused, not taken for a part of a file name', () => {
  const args = [join(import.meta.dirname, 'run.mjs'), join(import.meta.dirname, 'test.ts')];
  const { status, stderr } = spawnSync(process.execPath, [...args, 'test/depcheck', '-t', 'imports'], {
    encoding: 'utf8',
  });
  expect(stderr).toContain(
    'error: Cannot test with "-t": the only option is -u; the rest are parts of file names\n',
  );
  expect(status).toBe(1);
});
