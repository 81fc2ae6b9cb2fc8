import { formatYaml } from '../internal/yaml.ts';
import type { Paint } from '../render/summary.ts';
import type { Proof, ProvenFault } from './prove.ts';

/** A proof for people: one line where all is well, else each fault with the XR to paste that shows it. */
export function formatProof(proof: Proof, paint: Paint, seconds: number): string {
  const { blueprint, cases, faults, unchecked, seed } = proof;
  const good = faults.length === 0;
  const head = `${good ? paint.good('proven') : paint.bad('broken')} ${blueprint}: ${cases} cases in ${seconds.toFixed(1)} s`;
  const tail = good ? '' : `, ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} (seed ${seed})`;
  const notes = unchecked.map((kind) => `  ${paint.waiting('not checked')} ${kind}: no schema is at hand\n`);
  return `${head}${tail}\n${notes.join('')}${faults.map((f) => formatFault(f, paint)).join('')}`;
}

function formatFault(fault: ProvenFault, paint: Paint): string {
  const { rule, path, message, remedy, cases, xr } = fault;
  const where = path === '.' ? '' : `${path}: `;
  const lines = [
    `  ${paint.bad(rule)} ${where}${message} ${paint.dim(`(${cases} ${cases === 1 ? 'case' : 'cases'})`)}`,
    ...(remedy === undefined ? [] : [`  ${paint.dim(`hint: ${remedy}`)}`]),
  ];
  const yaml = formatYaml(xr).trimEnd().split('\n');
  return `\n${lines.join('\n')}\n\n${yaml.map((line) => `    ${line}`).join('\n')}\n`;
}
