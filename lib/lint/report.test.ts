import { expect, test } from 'vitest';
import { toGithub } from './github.ts';
import { findConstruct, findProperty, YamlPositions } from './locate.ts';
import type { Finding } from './rule.ts';
import { toSarif } from './sarif.ts';
import { suppress } from './suppress.ts';

const finding: Finding = {
  rule: 'traces',
  severity: 'warning',
  file: 'blueprints/a b/blueprint.ts',
  line: 3,
  column: 5,
  path: 'observability.traces',
  message: 'is not stated,\n100% of it',
};
const entry = (more: object): string => JSON.stringify({ lint: [{ rule: 'traces', ...more }] });
const reason = 'Valkey has no tracing.';

test.for([
  ['with a reason the finding goes', entry({ reason }), []],
  ['without one both stand', entry({}), ['traces', 'suppression: "traces" is suppressed without a reason']],
  [
    'an empty reason is none',
    entry({ reason: '   ' }),
    ['traces', 'suppression: "traces" is suppressed without'],
  ],
  ['a path that fits narrows', entry({ reason, path: 'observability' }), []],
  [
    'a path that does not suppresses nothing',
    entry({ reason, path: 'spec' }),
    ['traces', 'suppresses nothing'],
  ],
  ['an unknown rule', entry({ reason, rule: 'trace' }), ['traces', 'there is no rule "trace"']],
  [
    'what protects the apiserver stays',
    entry({ reason, rule: 'object-schema' }),
    ['traces', 'cannot be suppressed'],
  ],
  ['a field of no meaning', entry({ reason, because: 1 }), ['traces', 'is not a field']],
  ['no JSON', '{', ['traces', 'it is not JSON']],
] as const)('lint.json: %s', ([, text, expected]) => {
  const left = suppress([finding], text, 'blueprints/a').map((f) => `${f.rule}: ${f.message}`);
  expect(left).toEqual(expected.map((part) => expect.stringContaining(part)));
});

test('annotations of GitHub: nothing in a finding can end the command or begin another', () => {
  expect(toGithub([finding])).toBe(
    '::warning file=blueprints/a b/blueprint.ts,line=3,col=5,title=traces::observability.traces: is not stated,%0A100%25 of it\n',
  );
  expect(toGithub([{ ...finding, file: 'a,line=9::b.yaml#2' }])).toContain(
    'file=a%2Cline=9%3A%3Ab.yaml,line=3',
  );
});

test('SARIF 2.1.0: rule, index into the rules, place', () => {
  const log = toSarif([finding], '1.0.0') as never as {
    version: string;
    runs: {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleIndex: number; ruleId: string }[];
    }[];
  };
  const [run] = log.runs;
  expect(log.version).toBe('2.1.0');
  expect(run?.results[0]).toMatchObject({
    ruleId: 'traces',
    level: 'warning',
    message: { text: expect.stringContaining('is not stated') },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'blueprints/a%20b/blueprint.ts' },
          region: { startLine: 3, startColumn: 5 },
        },
      },
    ],
  });
  expect(run?.tool.driver.rules[run.results[0]?.ruleIndex ?? -1]?.id).toBe('traces');
});

test('a path is found in YAML: its key, or the nearest one above it', () => {
  const positions = new YamlPositions('# head\n---\nspec:\n  a:\n    - b.c: 1\n---\nkind: X\n');
  expect(positions.find(0, 'spec.a[0]["b.c"]')).toEqual({ line: 5, column: 7 });
  expect(positions.find(0, 'spec.a[0].missing')).toEqual({ line: 5, column: 7 });
  expect(positions.find(1, 'kind')).toEqual({ line: 7, column: 1 });
  expect(positions.find(2, 'kind')).toBeUndefined();
});

test('a composed object is found where its construct is made, its source where the release is', () => {
  const text = "const a = 1;\n  new HelmRelease(scope, 'server', {});\n";
  expect(findConstruct(text, 'server')).toEqual({ line: 2, column: 3 });
  expect(findConstruct(text, 'server-source')).toEqual({ line: 2, column: 3 });
  expect(findConstruct(text, 'users')).toBeUndefined();
  expect(findProperty('a({\n  card: {\n    title: 1 } })', 'card.title')).toEqual({ line: 3, column: 5 });
});

const properties = {
  Inside: { reason: 'the one of that literal', path: 'card.title', want: { line: 4, column: 5 } },
  Missing: {
    reason: 'its parent, not one of that name elsewhere',
    path: 'card.metrics',
    want: { line: 3, column: 3 },
  },
  AfterTexts: {
    reason: 'a brace in a text or a comment ends nothing',
    path: 'card.tags.a',
    want: { line: 7, column: 13 },
  },
  NoLiteral: {
    reason: 'what is behind a call is not looked into',
    path: 'upstream.chart',
    want: { line: 9, column: 3 },
  },
  Nowhere: { reason: 'no such property', path: 'nope.a', want: undefined },
} as const;
const SOURCE = `export default define({
  // what a person sees
  'card': {
    title: 'a } b',
    // }
    summary: \`{\`,
    tags: { a: 1 },
  },
  upstream: helmChart({ chart: 'x' }),
  compose() { new Monitor(scope, 'metrics', { metrics: 1 }); },
});
`;

test.for(Object.entries(properties))('findProperty() %s', ([, { reason, path, want }]) => {
  expect(findProperty(SOURCE, path), reason).toEqual(want);
});
