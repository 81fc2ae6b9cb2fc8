import type { Paint } from '../render/summary.ts';
import type { Area, Change } from './change.ts';
import { AREAS } from './change.ts';
import type { BlueprintDiff } from './diff.ts';

const TITLES: Readonly<Record<Area, string>> = {
  data: 'Data at risk',
  immutable: 'Cannot be changed in place',
  api: 'What users write',
  objects: 'What is composed',
  exposure: 'Wider rights and doors',
  outputs: 'Outputs',
  images: 'Charts and images',
  other: 'Other fields',
};
const MAX_SHOWN = 12; // changes of an area that are no break

/** A diff for a person at a terminal. */
export function formatDiff(diff: BlueprintDiff, paint: Paint): string {
  const { name, from, to } = diff;
  const lines = [paint.bold(`${name} ${from.version} → ${to.version}`)];
  for (const [title, shown, more] of sections(diff)) {
    lines.push('', paint.bold(title));
    for (const change of shown) lines.push(...humanLines(change, paint));
    if (more > 0) lines.push(paint.dim(`  and ${more} more`));
  }
  lines.push('', ...verdictLines(diff, paint));
  return `${lines.join('\n')}\n`;
}

function humanLines(change: Change, paint: Paint): readonly string[] {
  const word = { major: paint.bad, minor: paint.waiting, patch: paint.dim, none: paint.dim }[change.bump](
    change.bump,
  );
  const seen =
    change.cases === undefined ? '' : paint.dim(` (${change.cases} ${change.cases === 1 ? 'XR' : 'XRs'})`);
  const hint = change.remedy === undefined ? [] : [paint.dim(`        ${change.remedy}`)];
  return [`  ${word} ${change.path}: ${change.message}${seen}`, ...hint];
}

function verdictLines(diff: BlueprintDiff, paint: Paint): readonly string[] {
  const { needed, declared, problems, changes, cases, compared } = diff;
  const how =
    compared === 'rendered' ? `${cases} XRs rendered by both` : `what is published of ${cases} sizes`;
  const sum =
    changes.length === 0
      ? `no difference (${how})`
      : `the changes ask for a ${needed} version, and it is ${declared === 'none' ? 'the same' : `a ${declared} one`} (${how})`;
  if (problems.length === 0) return [`${paint.good('fine')}: ${sum}`];
  return [`${paint.bad('promises too little')}: ${sum}`, ...problems.map((p) => `  ${p}`)];
}

/** What there is of each area; breaks are never left out. */
function sections(diff: BlueprintDiff): readonly (readonly [string, readonly Change[], number])[] {
  return AREAS.flatMap((area) => {
    const all = diff.changes.filter((c) => c.area === area);
    if (all.length === 0) return [];
    const breaks = all.filter((c) => c.bump === 'major');
    const rest = all.filter((c) => c.bump !== 'major');
    const shown = [...breaks, ...rest.slice(0, Math.max(0, MAX_SHOWN - breaks.length))];
    return [[TITLES[area], shown, all.length - shown.length] as const];
  });
}

/** The same for a pull request. */
export function formatDiffMarkdown(diff: BlueprintDiff): string {
  const { name, from, to, needed, declared, problems, changes } = diff;
  const icon = problems.length === 0 ? '✅' : '❌';
  const lines = [`### ${icon} ${name} ${from.version} → ${to.version}`, ''];
  lines.push(
    changes.length === 0
      ? 'No difference.'
      : `The changes ask for a **${needed}** version; it is ${declared === 'none' ? 'the same version' : `a **${declared}** one`}.`,
  );
  for (const problem of problems) lines.push('', `> ${escapeMarkdown(problem)}`);
  for (const [title, shown, more] of sections(diff)) {
    lines.push('', `#### ${title}`, '', '| | Where | What | XRs |', '|---|---|---|---|');
    for (const { bump, path, message, cases } of shown) {
      const cells = [
        bump,
        `\`${escapeCode(path)}\``,
        escapeMarkdown(message),
        cases === undefined ? '' : String(cases),
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
    if (more > 0) lines.push('', `…and ${more} more.`);
  }
  return `${lines.join('\n')}\n`;
}

/** Values come from configs and published files: they must not become markup, links or mentions. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>|#@]/g, (c) => `\\${c}`);
}

const escapeCode = (text: string): string => text.replace(/[\r\n]+/g, ' ').replace(/[`|]/g, ' ');
