import type { Command } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { Rule } from '../../lint/index.ts';
import type { Cli, CliCommand } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';

export const command: CliCommand = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Explains a rule of bp validate: what it asks for, why, how it is decided and how to satisfy it. Without a rule, ' +
          'lists all of them, the numbered hard rules of the platform first.',
      )
      .argument('[rule]', 'id of the rule, as it stands in brackets behind a finding'),
  examples: [
    'bp explain',
    'bp explain no-plaintext-secret',
    'bp explain -o json | jq -r ".rules[] | select(.tag == \\"declared\\") | .id"',
  ],
  async run(cli: Cli, [id]: readonly string[]): Promise<ExitCode | undefined> {
    const { findRule, howDecided, RULES } = await import('../../lint/index.ts');
    const facts = (rule: Rule) => {
      const { id, hard, tag, severity, summary, why, fix, example } = rule;
      const suppressible = rule.suppressible !== false;
      const decided = howDecided(rule);
      return {
        id,
        ...(hard === undefined ? {} : { hard }),
        tag,
        severity,
        summary,
        why,
        fix,
        decided,
        suppressible,
        example,
      };
    };
    if (id === undefined) {
      cli.emit({ rules: RULES.map(facts) }, () => list(cli, RULES));
      return undefined;
    }
    const rule = findRule(id);
    if (rule === undefined) throw await noRule(id, RULES);
    cli.emit(facts(rule), () => explained(cli, rule, howDecided(rule)));
    return undefined;
  },
};

async function noRule(id: string, rules: readonly Rule[]): Promise<ToolkitError> {
  const { didYouMean } = await import('../../schema/index.ts');
  const near = didYouMean(
    id,
    rules.map((r) => r.id),
  );
  return new ToolkitError('usage', `Cannot explain "${id.slice(0, 100)}": there is no such rule`, {
    remedy: near === undefined ? 'bp explain lists them' : `did you mean "${near}"?`,
  });
}

function list({ paint }: Cli, rules: readonly Rule[]): string {
  const width = Math.max(...rules.map((r) => r.id.length));
  return rules
    .map(({ id, hard, tag, summary }) => {
      const number = String(hard ?? '').padStart(2);
      return `${paint.dim(number)} ${id.padEnd(width)}  ${paint.dim(tag.padEnd(8))}  ${summary}\n`;
    })
    .join('');
}

function explained({ paint }: Cli, rule: Rule, decided: string): string {
  const { id, hard, tag, severity, summary, why, fix, example, suppressible } = rule;
  const number = hard === undefined ? '' : `, hard rule ${hard}`;
  const indented = (text: string): string => text.replaceAll('\n', '\n         ');
  return [
    `${paint.bold(id)}  ${paint.dim(`${severity}, ${tag}${number}`)}`,
    `  ${summary}`,
    '',
    `  why      ${why}`,
    `  fix      ${fix}`,
    `  decided  ${decided}`,
    `  lint.json ${suppressible === false ? 'cannot suppress it' : `{ "lint": [{ "rule": "${id}", "reason": "…" }] }`}`,
    '',
    `  ${paint.bad('wrong')}  ${indented(example.wrong)}`,
    `  ${paint.good('right')}  ${indented(example.right)}`,
    '',
  ].join('\n');
}
