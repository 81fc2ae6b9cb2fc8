import semver from 'semver';
import { describe, expect, test } from 'vitest';
import {
  checkUpgrade,
  intersectRanges,
  normalizeRange,
  rangeProblem,
  satisfies,
  versionProblem,
} from './versions.ts';

test.for([
  ['1.4.0', true, 'plain'],
  ['0.1.0', true, 'before 1.0'],
  ['1.4.0-rc.1', true, 'a prerelease'],
  ['1.0.0-dev.0a1b2c', true, 'a development build'],
  ['v1.4.0', false, 'bare: the tag has no v'],
  ['1.4', false, 'complete'],
  ['01.4.0', false, 'no leading zeros'],
  ['1.0.0-01', false, 'nor in a prerelease'],
  ['1.0.0+build', false, 'a tag cannot hold a plus'],
  ['1.0.0-RC1', false, 'tags are compared as lower case'],
  ['1.0.0\n', false, 'nothing behind it'],
  ['', false, 'empty'],
] as const)('versionProblem(%j): fine is %s, %s', ([version, ok, reason]) => {
  expect(versionProblem(version) === undefined, reason).toBe(ok);
});

test.for([
  ['^1.4', true],
  ['0.x', true],
  ['1.2.x', true],
  ['~1.2', true],
  ['>=1.0 <2', true],
  ['^1 || ^2', true],
  ['*', true],
  ['1.2.3', true],
  ['', false],
  ['  ', false],
  ['latest', false],
  ['>>1', false],
  ['sha256:00', false],
] as const)('rangeProblem(%j): fine is %s', ([range, ok]) => {
  expect(rangeProblem(range) === undefined).toBe(ok);
});

const normalised = {
  Caret: { reason: 'no -0: Masterminds would then look at prereleases', in: '^1.2', want: '>=1.2.0 <2.0.0' },
  CaretZero: { reason: 'below 1.0 a minor step breaks', in: '^0.2.3', want: '>=0.2.3 <0.3.0' },
  CaretZeroX: {
    reason: 'npm and Masterminds differ on it, so it is written out',
    in: '^0.x',
    want: '<1.0.0',
  },
  CaretZeroZero: { reason: 'below 0.1 every step breaks', in: '^0.0.3', want: '>=0.0.3 <0.0.4' },
  Tilde: { reason: 'patches', in: '~1.2', want: '>=1.2.0 <1.3.0' },
  X: { reason: 'the same, spelled with x', in: '1.2.x', want: '>=1.2.0 <1.3.0' },
  Major: { reason: 'a bare major', in: '1', want: '>=1.0.0 <2.0.0' },
  Exact: { reason: 'stays', in: '1.2.3', want: '1.2.3' },
  Any: { reason: 'any release', in: '*', want: '>=0.0.0' },
  Hyphen: {
    reason: 'Masterminds wants spaces here, npm takes them apart',
    in: '1.2 - 1.4',
    want: '>=1.2.0 <1.5.0',
  },
  Or: { reason: 'each side by itself', in: '^1.2 || ~3.1', want: '>=1.2.0 <2.0.0 || >=3.1.0 <3.2.0' },
  Comparators: { reason: 'written out', in: '>1.2 <=2', want: '>=1.3.0 <3.0.0' },
  Prerelease: {
    reason: 'an own prerelease opens the whole set: the end must keep those of 2.0.0 out',
    in: '^1.2.0-rc.1',
    want: '>=1.2.0-rc.1 <2.0.0-0',
  },
};

test.for(Object.entries(normalised))('normalizeRange() %s', ([, tc]) => {
  expect(normalizeRange(tc.in), tc.reason).toBe(tc.want);
});

const development = {
  Caret: { reason: 'development builds of both ends', in: '^1.2', want: '>=1.2.0-0 <2.0.0-0' },
  Exact: { reason: 'of this very version', in: '1.2.3', want: '>=1.2.3-0 <1.2.4-0' },
  Greater: { reason: 'not 1.2.3 itself', in: '>1.2.3', want: '>=1.2.4-0' },
  AtMost: { reason: '1.2.3 itself too', in: '<=1.2.3', want: '<1.2.4-0' },
  Any: { reason: 'any', in: '*', want: '>=0.0.0-0' },
  Or: { reason: 'each side', in: '1.0.0 || ^2', want: '>=1.0.0-0 <1.0.1-0 || >=2.0.0-0 <3.0.0-0' },
};

test.for(Object.entries(development))('normalizeRange() for development: %s', ([, tc]) => {
  expect(normalizeRange(tc.in, { development: true }), tc.reason).toBe(tc.want);
});

const RANGES = [
  '^1.2',
  '^0.2',
  '^0.x',
  '0.x',
  '~1.2',
  '1.2.x',
  '1.2.3',
  '*',
  '>1.2.3',
  '<=1.2.3',
  '<1.2.3',
  '>=1.0 <2',
  '^1 || ~2.1',
  '1.2 - 1.4',
];
const VERSIONS = [
  '0.0.1',
  '0.2.0',
  '0.3.0',
  '1.0.0',
  '1.2.2',
  '1.2.3',
  '1.2.4',
  '1.3.0',
  '1.4.9',
  '2.0.0',
  '2.1.5',
  '3.0.0',
];

describe('readers of a normalised range agree', () => {
  test.for(RANGES)('%s on releases, as npm reads the original', (range) => {
    for (const version of VERSIONS) {
      const want = semver.satisfies(version, range);
      expect(semver.satisfies(version, normalizeRange(range)), version).toBe(want);
      expect(masterminds(version, normalizeRange(range)), version).toBe(want);
      expect(masterminds(version, normalizeRange(range, { development: true })), version).toBe(want);
    }
  });

  test.for(RANGES)('%s on development builds, which count as the release they precede', (range) => {
    for (const version of VERSIONS) {
      const build = `${version}-dev.0a1b`;
      const want = semver.satisfies(version, range);
      expect(satisfies(build, range), build).toBe(want);
      expect(masterminds(build, normalizeRange(range, { development: true })), build).toBe(want);
      expect(
        masterminds(build, normalizeRange(range)),
        'a released range never takes a development build',
      ).toBe(false);
    }
  });
});

/**
 * How Masterminds/semver 3.4 (Crossplane's reader) judges comparators: a prerelease passes only a set that has one, and
 * then all of its comparators compare plainly. Checked against the Go module over the rows above.
 */
function masterminds(version: string, normalised: string): boolean {
  return normalised.split(' || ').some((set) => {
    const comparators = set.split(' ');
    const sees = comparators.some((c) => c.includes('-'));
    if (version.includes('-') && !sees) return false;
    return comparators.every((c) => new semver.Comparator(c).test(version));
  });
}

test.for([
  ['^1.2', '^1.4', '>=1.2.0 <2.0.0 >=1.4.0 <2.0.0'],
  ['^1.2', '^1.2', '>=1.2.0 <2.0.0'],
  ['^1 || ^2', '2.1.x', '>=1.0.0 <2.0.0 >=2.1.0 <2.2.0 || >=2.0.0 <3.0.0 >=2.1.0 <2.2.0'],
])('intersectRanges(%s, %s) is %s', ([a = '', b = '', want = '']) => {
  expect(intersectRanges(a, b)).toBe(want);
});

const upgrades = {
  Same: {
    reason: 'nothing to do, whatever the rules',
    from: '1.0.0',
    to: '1.0.0',
    rules: { blocks: ['*'] },
    ok: true,
  },
  Patch: { reason: 'without rules patches may', from: '1.0.0', to: '1.0.1', rules: undefined, ok: true },
  Minor: { reason: 'and minor steps', from: '1.0.0', to: '1.9.0', rules: undefined, ok: true },
  Major: { reason: 'but no major step', from: '1.9.0', to: '2.0.0', rules: undefined, ok: false },
  Rollback: {
    reason: 'a pin like any other: from is about the way up',
    from: '1.9.0',
    to: '1.0.0',
    rules: { from: ['^0.9'] },
    ok: true,
  },
  MajorRollback: {
    reason: 'data has moved on',
    from: '2.0.0',
    to: '1.9.0',
    rules: { from: ['^0.9'] },
    ok: false,
  },
  Listed: {
    reason: 'a listed range opens a major step',
    from: '1.9.0',
    to: '2.0.0',
    rules: { from: ['^1.8'] },
    ok: true,
  },
  Second: {
    reason: 'any listed range',
    from: '1.2.0',
    to: '2.0.0',
    rules: { from: ['^1.8', '~1.2'] },
    ok: true,
  },
  Unlisted: {
    reason: 'neither listed nor blocked',
    from: '1.7.0',
    to: '2.0.0',
    rules: { from: ['^1.8'] },
    ok: false,
  },
  UnlistedMinor: {
    reason: 'rules hold for minor steps too',
    from: '2.0.0',
    to: '2.5.0',
    rules: { from: ['~2.4'] },
    ok: false,
  },
  Blocked: { reason: 'no path at all', from: '1.3.0', to: '1.4.0', rules: { blocks: ['1.3.0'] }, ok: false },
  BlockedWins: {
    reason: 'blocks win over from',
    from: '1.3.0',
    to: '1.4.0',
    rules: { from: ['^1.0'], blocks: ['1.3.0'] },
    ok: false,
  },
  DevToRelease: {
    reason: 'a development build precedes its release',
    from: '1.0.0-dev.a',
    to: '1.0.0',
    rules: undefined,
    ok: true,
  },
  DevToDev: {
    reason: 'edit and publish again',
    from: '1.0.0-dev.a',
    to: '1.0.0-dev.b',
    rules: { from: ['^0.9'] },
    ok: true,
  },
  DevListed: {
    reason: 'it counts as its release',
    from: '1.8.0-dev.a',
    to: '2.0.0',
    rules: { from: ['^1.8'] },
    ok: true,
  },
  Unreadable: {
    reason: 'a status that somebody else wrote decides nothing',
    from: 'latest',
    to: '2.0.0',
    rules: undefined,
    ok: true,
  },
};

test.for(Object.entries(upgrades))('checkUpgrade() %s', ([, tc]) => {
  const verdict = checkUpgrade(tc.from, tc.to, tc.rules);
  expect(verdict.allowed, tc.reason).toBe(tc.ok);
  if (!verdict.allowed) expect(verdict.reason).toMatch(/^\d.*[^.]$/);
});

test('a refusal says what to do instead', () => {
  const reason = (from: string, to: string, rules?: Parameters<typeof checkUpgrade>[2]): unknown => {
    const verdict = checkUpgrade(from, to, rules);
    return verdict.allowed ? undefined : verdict.reason;
  };
  expect([
    reason('1.7.0', '2.0.0', { from: ['^1.8', '~1.2'] }),
    reason('1.3.0', '1.4.0', { blocks: ['1.3.0'] }),
    reason('1.0.0', '2.0.0'),
    reason('2.0.0', '1.0.0'),
  ]).toEqual([
    '2.0.0 can be reached from "^1.8" or "~1.2" only: go to such a version first',
    '1.3.0 is blocked ("1.3.0"): remove it and install 1.4.0 anew',
    '1.0.0 to 2.0.0 changes the major version, and 2.0.0 declares no upgrades.from for it',
    '2.0.0 to 1.0.0 goes back over a major version: remove it and install 1.0.0 anew',
  ]);
});
