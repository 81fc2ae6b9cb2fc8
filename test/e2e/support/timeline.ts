/** When a Blueprint got how far, in seconds since the first package was applied. */
export interface TimelineRow {
  readonly name: string;
  readonly version: string;
  /** What its XR composed. */
  readonly objects: number;
  /** Package healthy, XRD established, Composition valid. */
  readonly installed: number;
  /** The XR, applied as soon as that was so, named its first object. */
  readonly composed: number;
  readonly ready: number;
}

export interface Timeline {
  readonly crossplane: string;
  /** Of the machine. */
  readonly cores: number;
  readonly rows: readonly TimelineRow[];
}

const [WIDTH, LEFT, RIGHT, ROW, TOP] = [760, 150, 90, 24, 64];
const PHASES = [
  { label: 'installing', fill: '#9aa5b1', from: () => 0, to: (r: TimelineRow) => r.installed },
  {
    label: 'composing',
    fill: '#d9a441',
    from: (r: TimelineRow) => r.installed,
    to: (r: TimelineRow) => r.composed,
  },
  {
    label: 'becoming ready',
    fill: '#2f6f4f',
    from: (r: TimelineRow) => r.composed,
    to: (r: TimelineRow) => r.ready,
  },
] as const;

/** The timeline as an SVG: one bar a Blueprint, in the order in which they became ready. */
export function timelineSvg({ crossplane, cores, rows }: Timeline): string {
  const sorted = rows.toSorted((a, b) => a.ready - b.ready || a.name.localeCompare(b.name));
  const end = Math.max(1, ...rows.map((r) => r.ready));
  const x = (seconds: number): number => LEFT + Math.round((seconds / end) * (WIDTH - LEFT - RIGHT));
  const height = TOP + sorted.length * ROW + 12;
  const title = `${rows.length} Blueprints on Crossplane ${crossplane}, ${cores} cores: seconds to Ready`;
  const legend = PHASES.map(
    ({ label, fill }, i) =>
      `<rect x="${LEFT + i * 150}" y="34" width="12" height="12" fill="${fill}"/><text x="${LEFT + 18 + i * 150}" y="45">${label}</text>`,
  );
  const bars = sorted.flatMap((row, i) => {
    const y = TOP + i * ROW;
    const parts = PHASES.map(({ fill, from, to }) => {
      const [a, b] = [x(from(row)), x(to(row))];
      return `<rect x="${a}" y="${y}" width="${Math.max(0, b - a)}" height="16" fill="${fill}"/>`;
    });
    const label = `<text x="8" y="${y + 13}">${escapeXml(row.name)}</text>`;
    return [label, ...parts, `<text x="${x(row.ready) + 6}" y="${y + 13}">${row.ready.toFixed(1)} s</text>`];
  });
  const all = [
    `<title>${title}</title>`,
    `<text x="8" y="20" font-weight="bold">${title}</text>`,
    ...legend,
    ...bars,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">\n${all.join('\n')}\n</svg>\n`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
