import semver from 'semver';

/** Bare semantic version, as Blueprints and their tags have it. */
export const SEMVER: RegExp = /^[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9.-]+)?$/;

/** Why this is not a Blueprint version, or undefined. */
export function versionProblem(version: string): string | undefined {
  if (version.startsWith('v')) return `must be bare, without "v": ${version.slice(1)}`;
  if (!SEMVER.test(version) || semver.valid(version) === null)
    return 'must be a semantic version such as 1.4.0 or 1.4.0-rc.1';
  return undefined;
}

/** Why this is not a version range, or undefined. Grammar: exact, `1.2.x`, `^1`, `~1.2`, comparators, `||`. */
export function rangeProblem(range: string): string | undefined {
  if (range.trim() === '') return 'must not be empty; write * for any version';
  return semver.validRange(range) === null
    ? 'is not a version range such as ^1.2, ~1.4 or >=1.0 <2'
    : undefined;
}

/**
 * The range as comparators that every reader takes the same way (npm's and Masterminds' semver differ on `0.x`
 * carets and hyphens): `^1.2` → `>=1.2.0 <2.0.0`. With `development`, a development build of a version in the range
 * lies in it too.
 */
export function normalizeRange(range: string, options: { readonly development?: boolean } = {}): string {
  const sets = new semver.Range(range).set.map((comparators) => {
    const parts = comparators.map((c) => (c.value === '' ? '>=0.0.0' : c.value));
    if (options.development) return parts.flatMap(withPrereleases).join(' ');
    // npm writes the upper end of a caret as `<2.0.0-0`. A prerelease anywhere makes Masterminds look at prereleases in
    // the whole set: only then does the `-0` keep those of 2.0.0 out, else it would let those below it in.
    const authored = parts.some((p) => p.includes('-') && !UPPER_END.test(p));
    return parts.map((p) => (authored ? p : p.replace(UPPER_END, '$1'))).join(' ');
  });
  return sets.join(' || ');
}

const UPPER_END = /^(<\d+\.\d+\.\d+)-0$/;

/** The same releases, and whatever comes before each of them; `x.y.z-0` is the lowest prerelease there is. */
function withPrereleases(comparator: string): readonly string[] {
  const m = /^([<>]=?|)(\d+\.\d+\.)(\d+)$/.exec(comparator);
  if (m === null) return [comparator];
  const [, operator = '', minor = '', patch = '0'] = m;
  const next = `${minor}${Number(patch) + 1}-0`;
  if (operator === '>=' || operator === '<') return [`${comparator}-0`];
  if (operator === '>') return [`>=${next}`];
  return operator === '<=' ? [`<${next}`] : [`>=${minor}${patch}-0`, `<${next}`];
}

/** Both ranges at once, normalised. */
export function intersectRanges(
  a: string,
  b: string,
  options: { readonly development?: boolean } = {},
): string {
  const [left, right] = [a, b].map((range) => normalizeRange(range, options).split(' || '));
  return (left ?? []).flatMap((l) => (right ?? []).map((r) => (l === r ? l : `${l} ${r}`))).join(' || ');
}

/** Does the version lie in the range? A development build counts as the release that it precedes. */
export function satisfies(version: string, range: string): boolean {
  const parsed = semver.parse(version);
  if (parsed === null) return false;
  const dev = parsed.prerelease[0] === 'dev';
  return semver.satisfies(dev ? `${parsed.major}.${parsed.minor}.${parsed.patch}` : version, range);
}

export interface UpgradeRules {
  /** Ranges of installed versions that reach this one in one step. */
  readonly from?: readonly string[];
  /** Installed versions with no path: reinstall instead. Wins over `from`. */
  readonly blocks?: readonly string[];
}

export type UpgradeVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string };

/**
 * May the installed version become `to` in one step? Without rules, patch and minor steps may, in
 * both directions: a rollback is a version pin like any other.
 */
export function checkUpgrade(installed: string, to: string, rules: UpgradeRules | undefined): UpgradeVerdict {
  const a = semver.parse(installed);
  const b = semver.parse(to);
  if (a === null || b === null || installed === to) return { allowed: true };
  const blocked = rules?.blocks?.find((range) => satisfies(installed, range));
  if (blocked !== undefined) {
    return {
      allowed: false,
      reason: `${installed} is blocked ("${blocked}"): remove it and install ${to} anew`,
    };
  }
  if (a.compareMain(b) === 0) return { allowed: true };
  if (rules?.from !== undefined && semver.lt(a, b)) {
    if (rules.from.some((range) => satisfies(installed, range))) return { allowed: true };
    return {
      allowed: false,
      reason: `${to} can be reached from ${rules.from.map((r) => `"${r}"`).join(' or ')} only: go to such a version first`,
    };
  }
  if (a.major === b.major) return { allowed: true };
  const reason = semver.lt(a, b)
    ? `${installed} to ${to} changes the major version, and ${to} declares no upgrades.from for it`
    : `${installed} to ${to} goes back over a major version: remove it and install ${to} anew`;
  return { allowed: false, reason };
}
