import { expect, test } from 'vitest';
import { runBp } from './io.test-helper.ts';

const ROWS: Readonly<
  Record<string, { readonly reason: string; readonly argv: readonly string[]; readonly want: RegExp }>
> = {
  Verb: { reason: 'there is only build yet', argv: ['push'], want: /write bp image build/ },
  Arm64Alone: {
    reason: 'Crossplane resolves every index as linux/amd64',
    argv: ['build', '--platform', 'linux/arm64'],
    want: /linux\/amd64/,
  },
  Platform: {
    reason: 'nothing of it would run',
    argv: ['build', '--platform', 'linux/amd64,plan9/mips'],
    want: /plan9/,
  },
  Version: {
    reason: 'a tag that Crossplane would skip',
    argv: ['build', '--version', 'v1'],
    want: /not a semantic version/,
  },
};

test.for(Object.entries(ROWS))('bp image refuses %s before it builds anything', async ([, row]) => {
  const { code, stdout, stderr } = await runBp(['image', ...row.argv]);
  expect(code, row.reason).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(row.want);
});
