import type { Storm } from './quiet-side.ts';
import type { Quiet } from './quiet-window.ts';

const LABELS: Readonly<Record<string, string>> = {
  ours: '`bp serve`, ttl 10 min, breaker as advised',
  stock: 'stock SDK, ttl 1 min, breaker of core’s default',
};

const label = (name: string): string => LABELS[name] ?? name;
const fixed = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '–';

/** What creating and editing came to, as a Markdown table. */
export function stormTable(storms: ReadonlyMap<string, Storm>): string {
  const head = [
    '',
    'XRs',
    'edited within s',
    'all Ready after s',
    'behind',
    'breakers opened',
    'events dropped',
    'calls per XR',
  ];
  const rows = [...storms].map(([name, s]) => [
    label(name),
    String(s.xrs),
    fixed(s.seconds, 0),
    fixed(s.settledSeconds, 0),
    String(s.behind),
    String(s.opened),
    String(s.dropped),
    fixed(s.callsPerXr, 1),
  ]);
  return table(head, rows);
}

/** What silence costs, as a Markdown table. */
export function quietTable(quiets: ReadonlyMap<string, Quiet>): string {
  const head = [
    '',
    'minutes',
    'XRs',
    'objects',
    'objects that moved',
    'reconciles per XR',
    'calls per XR',
    'CPU-s a minute: host',
    'core',
    'apiserver',
    'MiB: host',
    'core',
    'apiserver',
  ];
  const rows = [...quiets].map(([name, q]) => [
    label(name),
    fixed(q.minutes, 0),
    String(q.xrs),
    String(q.objects),
    String(q.moved.length),
    fixed(q.reconcilesPerXr, 1),
    fixed(q.callsPerXr, 1),
    fixed(q.cpu.host, 2),
    fixed(q.cpu.core, 2),
    fixed(q.cpu.apiserver, 2),
    fixed(q.memory.host, 0),
    fixed(q.memory.core, 0),
    fixed(q.memory.apiserver, 0),
  ]);
  return table(head, rows);
}

/** A Markdown table; the first row says what the columns are. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
