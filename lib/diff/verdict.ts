import semver from 'semver';
import { checkUpgrade } from '../model/versions.ts';
import { type Bump, type Change, isLess, largest } from './change.ts';
import type { BlueprintFacts } from './facts.ts';

export interface Verdict {
  /** What the changes ask for. */
  readonly needed: Bump;
  /** What the declared versions say. */
  readonly declared: Bump;
  /** The smallest version that would do. */
  readonly suggested: string;
  /** Where version or upgrade rules promise more than holds; empty: all is well. */
  readonly problems: readonly string[];
}

/** Compares what changed with what the new version promises by its number and its `upgrades`. */
export function judgeChanges(
  before: BlueprintFacts,
  after: BlueprintFacts,
  changes: readonly Change[],
): Verdict {
  const needed = largest(changes.map((c) => c.bump));
  const declared = declaredBump(before.version, after.version);
  const suggested = bumped(before.version, needed);
  const problems: string[] = [];
  if (semver.lt(release(after.version), release(before.version))) {
    problems.push(`${after.version} is older than ${before.version}: give the older version first`);
  } else if (isLess(declared, needed)) {
    const said = declared === 'none' ? 'keeps the version' : `is a ${declared} version`;
    problems.push(`${after.version} ${said}, and the changes ask for a ${needed} one: ${suggested} or later`);
  }
  problems.push(...promises(before, after, changes));
  return { needed, declared, suggested, problems };
}

/** An upgrade that is allowed in one step must be possible in place. */
function promises(
  before: BlueprintFacts,
  after: BlueprintFacts,
  changes: readonly Change[],
): readonly string[] {
  const breaks = changes.filter((c) => c.bump === 'major' && (c.area === 'data' || c.area === 'immutable'));
  const [first] = breaks;
  if (first === undefined || release(before.version) === release(after.version)) return [];
  if (!checkUpgrade(before.version, after.version, after.upgrades).allowed) return [];
  const by = after.upgrades?.from === undefined ? 'by its version number' : 'by upgrades.from';
  return [
    `${by} ${after.version} promises a step from ${before.version} in place, which ${first.path} does not survive: name it in upgrades.blocks`,
  ];
}

/** Without prerelease: 1.1.0-dev is measured as the 1.1.0 that it becomes. */
function release(version: string): string {
  const v = semver.parse(version);
  return v === null ? version : `${v.major}.${v.minor}.${v.patch}`;
}

/** Below 1.0.0 the second number says what the first says later (semver 2.0.0, clause 4, as `^` reads it). */
function declaredBump(before: string, after: string): Bump {
  const [a, b] = [semver.parse(release(before)), semver.parse(release(after))];
  if (a === null || b === null || b.compare(a) <= 0) return 'none';
  if (b.major > a.major) return 'major';
  if (b.minor > a.minor) return a.major === 0 ? 'major' : 'minor';
  return a.major === 0 && a.minor > 0 ? 'minor' : a.major === 0 ? 'major' : 'patch';
}

function bumped(version: string, bump: Bump): string {
  const v = semver.parse(release(version));
  if (v === null || bump === 'none') return version;
  if (v.major > 0) return v.inc(bump).format();
  if (v.minor === 0) return v.inc('patch').format();
  return v.inc(bump === 'major' ? 'minor' : 'patch').format();
}
