import { describe, expect, test } from 'vitest';
import type { UpgradeRules } from '../model/versions.ts';
import { assembly, shop } from '../prove/fixture.test-helper.ts';
import type { Bump, Change } from './change.ts';
import { diffBlueprints } from './diff.ts';
import { factsOf } from './facts.ts';
import { sourceSide } from './side.ts';
import { judgeChanges } from './verdict.ts';

const facts = (version: string, upgrades?: UpgradeRules) => ({
  ...factsOf(shop({}, () => undefined)),
  version,
  upgrades,
});
const api = (bump: Bump): Change => ({ area: 'api', what: 'x', bump, path: 'spec.config.x', message: 'x' });
const data: Change = { area: 'data', what: 'x', bump: 'major', path: 'Cluster "db"', message: 'is deleted' };

interface Row {
  readonly from: string;
  readonly to: string;
  readonly upgrades?: UpgradeRules;
  readonly changes: readonly Change[];
  readonly declared: Bump;
  readonly suggested: string;
  readonly problem?: RegExp;
  readonly reason: string;
}

const rows: readonly Row[] = [
  {
    from: '1.2.3',
    to: '1.2.4',
    changes: [api('patch')],
    declared: 'patch',
    suggested: '1.2.4',
    reason: 'enough',
  },
  {
    from: '1.2.3',
    to: '1.3.0',
    changes: [api('patch')],
    declared: 'minor',
    suggested: '1.2.4',
    reason: 'more than enough',
  },
  {
    from: '1.2.3',
    to: '1.2.4',
    changes: [api('minor')],
    declared: 'patch',
    suggested: '1.3.0',
    problem: /ask for a minor one: 1\.3\.0/,
    reason: 'too little',
  },
  {
    from: '1.2.3',
    to: '1.3.0',
    changes: [api('major')],
    declared: 'minor',
    suggested: '2.0.0',
    problem: /2\.0\.0 or later/,
    reason: 'too little',
  },
  {
    from: '1.2.3',
    to: '2.0.0',
    changes: [api('major')],
    declared: 'major',
    suggested: '2.0.0',
    reason: 'enough',
  },
  { from: '1.2.3', to: '1.2.3', changes: [], declared: 'none', suggested: '1.2.3', reason: 'the same' },
  {
    from: '1.2.3',
    to: '1.2.3',
    changes: [api('patch')],
    declared: 'none',
    suggested: '1.2.4',
    problem: /keeps the version/,
    reason: 'a version never changes its bytes',
  },
  {
    from: '1.2.3',
    to: '1.1.0',
    changes: [],
    declared: 'none',
    suggested: '1.2.3',
    problem: /older than/,
    reason: 'the wrong way round',
  },
  {
    from: '0.3.1',
    to: '0.4.0',
    changes: [api('major')],
    declared: 'major',
    suggested: '0.4.0',
    reason: 'below one, the second number is the first',
  },
  {
    from: '0.3.1',
    to: '0.3.2',
    changes: [api('minor')],
    declared: 'minor',
    suggested: '0.3.2',
    reason: 'below one, the third is the second',
  },
  {
    from: '0.3.1',
    to: '0.3.2',
    changes: [api('major')],
    declared: 'minor',
    suggested: '0.4.0',
    problem: /0\.4\.0/,
    reason: 'too little',
  },
  {
    from: '1.0.0',
    to: '2.0.0-dev',
    changes: [api('major')],
    declared: 'major',
    suggested: '2.0.0',
    reason: 'counts as what it becomes',
  },
  {
    from: '1.0.0',
    to: '2.0.0',
    changes: [data],
    declared: 'major',
    suggested: '2.0.0',
    reason: 'a major step is not promised in place',
  },
  {
    from: '1.0.0',
    to: '2.0.0',
    upgrades: { from: ['^1'] },
    changes: [data],
    declared: 'major',
    suggested: '2.0.0',
    problem: /by upgrades\.from 2\.0\.0 promises/,
    reason: 'promised in place, and data is lost',
  },
  {
    from: '1.0.0',
    to: '2.0.0',
    upgrades: { from: ['^1'], blocks: ['<1.1'] },
    changes: [data],
    declared: 'major',
    suggested: '2.0.0',
    reason: 'said to be impossible',
  },
  {
    from: '1.0.0',
    to: '2.0.0',
    upgrades: { from: ['^1'] },
    changes: [api('major')],
    declared: 'major',
    suggested: '2.0.0',
    reason: 'an XR can be edited, data not',
  },
];

describe('the verdict', () => {
  test.for(rows)(
    '$from → $to: $reason',
    ({ from, to, upgrades, changes, declared, suggested, problem, reason }) => {
      const verdict = judgeChanges(facts(from), facts(to, upgrades), changes);
      expect(verdict, reason).toMatchObject({ declared, suggested });
      if (problem === undefined) expect(verdict.problems, reason).toEqual([]);
      else expect(verdict.problems.join('\n'), reason).toMatch(problem);
    },
  );
});

test('two different Blueprints are not two versions of one', async () => {
  const [a, b] = [shop({}, () => undefined), shop({}, () => undefined, { name: 'store' })];
  const sides = [a, b].map((one) => sourceSide(one, assembly(one))) as [never, never];
  await expect(diffBlueprints(...sides)).rejects.toThrow(/they are shop and store/);
});
