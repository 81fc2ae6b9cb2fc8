import type { Rule } from './rule.ts';
import { isLintRule } from './rule.ts';
import { RULES } from './rules/index.ts';

/** How a rule is decided, as a sentence for people. */
export function howDecided(rule: Rule): string {
  const by = isLintRule(rule) ? 'bp validate' : rule.decidedBy;
  if (rule.tag === 'network') return `not offline: by ${by}`;
  if (rule.tag === 'declared') return `declared by the author, checked as far as it can be by ${by}`;
  return `offline, by ${by}`;
}

/** The page that explains every rule: docs/rules.md. */
export function formatRules(): string {
  const hard = RULES.filter((rule) => rule.hard !== undefined);
  const rest = RULES.filter((rule) => rule.hard === undefined);
  return [
    '# Rules\n',
    'What `bp validate` holds a Blueprint to, and what other commands decide. `bp explain RULE` prints one of these.\n',
    'A finding is suppressed in `lint.json` beside `blueprint.ts`, with the reason why it is right there; `path` narrows it',
    'to findings whose path, file or message holds that text:\n',
    '```json\n{ "lint": [{ "rule": "traces", "reason": "Valkey has no tracing.", "path": "observability" }] }\n```\n',
    'An entry without a reason, of an unknown rule, or that suppresses nothing, is an error. This page is generated from the',
    'rules themselves: `node hack/rules.ts`.\n',
    '## Hard rules of the platform\n',
    table(hard),
    '## Other rules\n',
    table(rest),
    '## Each rule\n',
    ...[...hard, ...rest].map(section),
  ].join('\n');
}

function table(rules: readonly Rule[]): string {
  const rows = rules.map(
    (r) => `| ${r.hard ?? ''} | [\`${r.id}\`](#${r.id}) | ${r.tag} | ${r.severity} | ${cell(r.summary)} |`,
  );
  return `| No | Rule | Tag | Severity | What it asks for |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function section(rule: Rule): string {
  const suppressible = rule.suppressible === false ? ' Cannot be suppressed.' : '';
  return [
    `### ${rule.id}\n`,
    `${capital(rule.summary)}.\n`,
    `**Why.** ${rule.why}\n`,
    `**How to fix.** ${rule.fix}\n`,
    `**Decided** ${howDecided(rule)}.${suppressible}\n`,
    '```text',
    `wrong: ${indent(rule.example.wrong)}`,
    `right: ${indent(rule.example.right)}`,
    '```\n',
  ].join('\n');
}

const indent = (text: string): string => text.replaceAll('\n', '\n       ');
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
