import { status } from '@grpc/grpc-js';

/** What was compared. */
export interface Case {
  readonly objects: number;
  readonly concurrency: number;
  readonly changing: boolean;
  readonly tls: boolean;
}

/** Medians of one server in one case; NaN where unknown. */
export interface Figures {
  readonly perSecond: number;
  /** CPU-seconds of the server per thousand calls. */
  readonly cpu: number;
  /** MiB. */
  readonly rss: number;
  readonly p50: number;
  readonly p99: number;
  /** Calls by gRPC code, OK left out. */
  readonly failed: Readonly<Record<string, number>>;
}

/** The row of the load generator. */
export const CLIENT = '(client)';

export interface Result {
  readonly case: Case;
  readonly figures: ReadonlyMap<string, Figures>;
}

function title({ objects, concurrency, changing, tls }: Case): string {
  return `${changing ? 'changing' : 'steady'}, ${objects} objects, ${concurrency} in flight${tls ? ', mTLS' : ''}`;
}

const number = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '–';

/** A Markdown table per case: figures, and ratios to the stock SDK and to the echo. */
export function table(results: readonly Result[]): string {
  return results.map(one).join('\n');
}

function one({ case: of, figures }: Result): string {
  const [stock, echo] = [figures.get('stock'), figures.get('echo')];
  const rows = [...figures].map(([name, f]) => {
    const ratio = (a: number, b: number | undefined): string => number(a / (b ?? Number.NaN), 2);
    return [
      name,
      number(f.perSecond, 0),
      ratio(f.perSecond, stock?.perSecond),
      ratio(f.perSecond, echo?.perSecond),
      number(f.cpu, 2),
      ratio(f.cpu, stock?.cpu),
      ratio(f.cpu, echo?.cpu),
      number(f.p50, 1),
      number(f.p99, 1),
      number(f.rss, 0),
      failures(f.failed),
    ].join(' | ');
  });
  const head =
    'server | calls/s | × stock | × echo | CPU-s per 1000 | × stock | × echo | p50 ms | p99 ms | RSS MiB | failed';
  return `### ${title(of)}\n\n| ${head} |\n|${' --- |'.repeat(11)}\n${rows.map((r) => `| ${r} |`).join('\n')}\n${against(figures)}`;
}

/** Ours in every case, a row each: ratios of throughput, and of CPU-seconds per call behind the stroke. */
export function overview(results: readonly Result[]): string {
  const peers = [...new Set(results.flatMap(({ figures }) => [...figures.keys()]))].filter(
    (name) => name !== CLIENT && !name.startsWith('ours'),
  );
  const rows = results.flatMap(({ case: of, figures }) => {
    const ours = figures.get('ours');
    if (ours === undefined) return [];
    const beside = peers.map((name) => {
      const peer = figures.get(name);
      if (peer === undefined) return '–';
      return `${number(ours.perSecond / peer.perSecond, 2)} / ${number(ours.cpu / peer.cpu, 2)}`;
    });
    const more = [number(ours.perSecond, 0), number(ours.p99 / ours.p50, 1), number(ours.rss, 0)];
    return [[title(of), ...beside, ...more].join(' | ')];
  });
  const head = ['ours', ...peers.map((name) => `× ${name}`), 'calls/s', 'p99 / p50', 'RSS MiB'];
  return `| ${head.join(' | ')} |\n|${' --- |'.repeat(head.length)}\n${rows.map((r) => `| ${r} |`).join('\n')}\n`;
}

function failures(failed: Figures['failed']): string {
  const codes = Object.entries(failed).map(([code, n]) => `${n} × ${status[Number(code)] ?? code}`);
  return codes.length === 0 ? '0' : codes.join(', ');
}

/** Ours beside each of the others in a sentence, and whether the load generator stayed out of the way. */
function against(figures: Result['figures']): string {
  const [ours, client] = [figures.get('ours'), figures.get(CLIENT)];
  if (ours === undefined) return '';
  const others = [...figures].filter(([name]) => name !== CLIENT && !name.startsWith('ours'));
  const beside = others.map(
    ([name, f]) =>
      `${number(ours.perSecond / f.perSecond, 2)} × ${name} at ${number(ours.cpu / f.cpu, 2)} of its CPU`,
  );
  const cheapest = others.toSorted(([, a], [, b]) => a.cpu - b.cpu)[0];
  const share = (client?.cpu ?? Number.NaN) / (cheapest?.[1].cpu ?? Number.NaN);
  const verdict = share < 1 ? 'less' : 'more';
  return (
    `\nours: ${beside.join('; ')}; p99 ${number(ours.p99 / ours.p50, 1)} × p50. ` +
    `The load generator costs ${verdict} than the cheapest of them (${number(share, 2)} of ${cheapest?.[0]}).\n`
  );
}

const WIDTH = 720;
const BAR = 18;

/** CPU-seconds per thousand calls as bars, one group a case. */
export function chart(results: readonly Result[]): string {
  const bars: string[] = [];
  let y = 24;
  for (const { case: of, figures } of results) {
    bars.push(`<text x="8" y="${y}" font-weight="bold">${title(of)}</text>`);
    const known = [...figures].filter(([name, f]) => Number.isFinite(f.cpu) && name !== CLIENT);
    const most = Math.max(...known.map(([, f]) => f.cpu));
    for (const [name, f] of known) {
      y += BAR + 2;
      const width = Math.round((f.cpu / most) * (WIDTH - 240));
      const fill = name.startsWith('ours') ? '#2f6f4f' : '#9aa5b1';
      bars.push(
        `<text x="8" y="${y}">${name}</text><rect x="80" y="${y - 13}" width="${width}" height="14" fill="${fill}"/>`,
      );
      bars.push(`<text x="${88 + width}" y="${y}">${f.cpu.toFixed(2)} CPU-s per 1000</text>`);
    }
    y += 34;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" font-family="sans-serif" font-size="12">\n<title>CPU-seconds per thousand calls, ours beside its peers</title>\n${bars.join('\n')}\n</svg>\n`;
}
