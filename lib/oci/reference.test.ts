import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatReference, isRepository, parseReference } from './reference.ts';

const D = `sha256:${'a'.repeat(64)}`;
const good: Record<string, { reason: string; in: string; want: object }> = {
  Plain: {
    reason: 'a repository alone',
    in: 'ghcr.io/acme/bp-a',
    want: { registry: 'ghcr.io', repository: 'acme/bp-a' },
  },
  Tag: {
    reason: 'a tag',
    in: 'ghcr.io/a:1.2.0',
    want: { registry: 'ghcr.io', repository: 'a', tag: '1.2.0' },
  },
  Digest: {
    reason: 'a digest',
    in: `ghcr.io/a@${D}`,
    want: { registry: 'ghcr.io', repository: 'a', digest: D },
  },
  Both: {
    reason: 'both are kept',
    in: `localhost:5000/a:1@${D}`,
    want: { registry: 'localhost:5000', repository: 'a', tag: '1', digest: D },
  },
  V6: {
    reason: 'an IPv6 host has colons of its own',
    in: '[::1]:5000/a:t',
    want: { registry: '[::1]:5000', repository: 'a', tag: 't' },
  },
  Localhost: {
    reason: 'the one host without a dot',
    in: 'localhost/a',
    want: { registry: 'localhost', repository: 'a' },
  },
  Separators: {
    reason: 'all separators of the grammar',
    in: 'r.io/a.b_c__d---e/f',
    want: { registry: 'r.io', repository: 'a.b_c__d---e/f' },
  },
};
test.for(Object.entries(good))('parseReference() reads %s', ([, tc]) => {
  expect(parseReference(tc.in), tc.reason).toEqual(tc.want);
  expect(formatReference(parseReference(tc.in))).toBe(tc.in);
});

test.for([
  '',
  'acme/bp-a',
  'a',
  'https://ghcr.io/a',
  'ghcr.io/',
  'ghcr.io/A',
  'ghcr.io/a/../b',
  'ghcr.io/a//b',
  'ghcr.io/a/',
  'ghcr.io/.a',
  'ghcr.io/a:',
  'ghcr.io/a:-x',
  'ghcr.io/a:b/c',
  'ghcr.io/a@',
  'ghcr.io/a@sha256:abc',
  `ghcr.io/a@${D}@${D}`,
  'ghcr.io:99999/a',
  'gh cr.io/a',
  'user@ghcr.io/a',
  'ghcr.io/a\n',
  'ghcr.io/a%2e',
  'ghcr.io\\a/b',
  `ghcr.io/${'a'.repeat(300)}`,
  'ghcr.io/a?x=1',
  'ghcr.io/a#b',
])('parseReference() refuses %j', (text) => {
  expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('random text is read or refused with our error, quickly, and what is read comes back as it was', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[a-z.:/@_-]{0,60}$/),
    fc.constant(`r.io/${'a-'.repeat(120)}!`),
  );
  fc.assert(
    fc.property(text, (t) => {
      let read: ReturnType<typeof parseReference>;
      try {
        read = parseReference(t);
      } catch (error) {
        expect(error).toMatchObject({ code: 'usage' });
        return;
      }
      expect(formatReference(read)).toBe(t);
      expect(isRepository(read.repository)).toBe(true);
    }),
    { seed: 7, numRuns: 1000 },
  );
});
