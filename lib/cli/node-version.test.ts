import { expect, test } from 'vitest';
import { satisfies } from './node-version.mjs';

const versions = {
  pinned: { reason: 'the version that the lockfile pins', version: 'v24.21.0', want: true },
  oldest22: { reason: 'lower end of the first alternative', version: 'v22.22.2', want: true },
  below22: { reason: 'one patch too old', version: 'v22.22.1', want: false },
  stranger: { reason: 'what a stable distribution has', version: 'v20.20.2', want: false },
  odd: { reason: 'a caret stays within its major version', version: 'v23.11.0', want: false },
  odd25: { reason: 'between the alternatives', version: 'v25.9.0', want: false },
  next: { reason: 'open at the upper end', version: 'v27.0.1', want: true },
  nightly: { reason: 'a suffix does not count', version: 'v26.0.0-nightly2026', want: true },
};
test.for(Object.entries(versions))('satisfies() %s', ([, { reason, version, want }]) => {
  expect(satisfies(version, '^22.22.2 || ^24.15.0 || >=26.0.0'), reason).toBe(want);
});
