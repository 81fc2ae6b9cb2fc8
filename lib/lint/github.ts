import type { Finding } from './rule.ts';
import { fileOf, sentence } from './sarif.ts';

/** Findings as workflow commands of GitHub Actions, one a line: `::error file=…,line=…,col=…,title=…::…`. */
export function toGithub(findings: readonly Finding[]): string {
  return findings.map((finding) => `${command(finding)}\n`).join('');
}

function command(finding: Finding): string {
  const { severity, file, line, column, rule } = finding;
  const properties = [
    `file=${escapeProperty(fileOf(file))}`,
    ...(line === undefined ? [] : [`line=${line}`]),
    ...(column === undefined ? [] : [`col=${column}`]),
    `title=${escapeProperty(rule)}`,
  ];
  return `::${severity} ${properties.join(',')}::${escapeData(sentence(finding))}`;
}

// As @actions/core does: what these hold must not end the command or begin another one.
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
