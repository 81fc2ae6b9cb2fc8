import { describe, expect, test } from 'vitest';
import { PLAIN } from '../render/summary.ts';
import { collect } from './change.ts';
import type { BlueprintDiff } from './diff.ts';
import { formatDiff, formatDiffMarkdown } from './report.ts';

const diff: BlueprintDiff = {
  name: 'shop',
  from: { label: 'a', version: '1.0.0' },
  to: { label: 'b', version: '1.1.0' },
  cases: 200,
  compared: 'rendered',
  needed: 'major',
  declared: 'minor',
  suggested: '2.0.0',
  problems: ['1.1.0 is a minor version, and the changes ask for a major one: 2.0.0 or later'],
  changes: collect([
    {
      area: 'other',
      what: 'fields-changed',
      bump: 'patch',
      path: 'ConfigMap "a"',
      message: 'changes data',
      cases: 1,
    },
    {
      area: 'other',
      what: 'fields-changed',
      bump: 'patch',
      path: 'ConfigMap "a"',
      message: 'changes data',
      cases: 1,
    },
    {
      area: 'api',
      what: 'enum-shrunk',
      bump: 'major',
      path: 'spec.config.mode',
      message: '"<b>|`@all`" no longer accepted',
    },
    {
      area: 'data',
      what: 'resource-deleted',
      bump: 'major',
      path: 'Cluster "db"',
      message: 'is deleted, and with it the database',
      cases: 7,
    },
  ]),
};

describe('the report', () => {
  test('tells data at risk first, each thing once, and the verdict last', () => {
    expect(formatDiff(diff, PLAIN)).toBe(`shop 1.0.0 → 1.1.0

Data at risk
  major Cluster "db": is deleted, and with it the database (7 XRs)

What users write
  major spec.config.mode: "<b>|\`@all\`" no longer accepted

Other fields
  patch ConfigMap "a": changes data (2 XRs)

promises too little: the changes ask for a major version, and it is a minor one (200 XRs rendered by both)
  1.1.0 is a minor version, and the changes ask for a major one: 2.0.0 or later
`);
  });

  test('in Markdown, values become no markup', () => {
    const text = formatDiffMarkdown(diff);
    expect(text).toContain('### ❌ shop 1.0.0 → 1.1.0');
    expect(text).toContain('| major | `Cluster "db"` | is deleted, and with it the database | 7 |');
    expect(text).toContain('"\\<b\\>\\|\\`\\@all\\`" no longer accepted');
  });

  test('breaks are never cut off, others are counted', () => {
    const many = (bump: 'major' | 'patch') =>
      Array.from({ length: 20 }, (_, i) => ({
        area: 'other' as const,
        what: 'x',
        bump,
        path: `${bump}-${i}`,
        message: 'x',
      }));
    const text = formatDiff({ ...diff, changes: [...many('major'), ...many('patch')] }, PLAIN);
    expect(text.match(/ major-/g)).toHaveLength(20);
    expect(text).toContain('and 20 more');
  });
});
