/** The Prometheus text format, as far as the host needs it. */

type Labels = Readonly<Record<string, string>>;

interface Series {
  /** Sample lines of the metric. */
  render(): string[];
}

/** Metrics by name, rendered in the order they were made. */
export class MetricsRegistry {
  private readonly metrics: { name: string; help: string; type: string; series: Series }[] = [];

  counter(name: string, help: string): Counter {
    return this.add(name, help, 'counter', new Counter(name));
  }

  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    return this.add(name, help, 'histogram', new Histogram(name, buckets));
  }

  /** A value that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number | undefined): void {
    const render = (): string[] => {
      const value = read();
      return value === undefined ? [] : [`${name} ${value}`];
    };
    this.add(name, help, 'gauge', { render });
  }

  /** Values with labels that are read when they are asked for. */
  labelled(name: string, help: string, read: () => readonly (readonly [Labels, number])[]): void {
    const render = (): string[] =>
      read().map(([labels, value]) => `${name}${braces(format(labels))} ${value}`);
    this.add(name, help, 'gauge', { render });
  }

  /** The whole exposition, ending with a line feed. */
  render(): string {
    const lines = this.metrics.flatMap(({ name, help, type, series }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...readable(series),
    ]);
    return `${lines.join('\n')}\n`;
  }

  private add<T extends Series>(name: string, help: string, type: string, series: T): T {
    this.metrics.push({ name, help, type, series });
    return series;
  }
}

/** What cannot be read now (`/proc` may be missing) has no sample; the others are still told. */
function readable(series: Series): string[] {
  try {
    return series.render();
  } catch {
    return [];
  }
}

export class Counter implements Series {
  private readonly name: string;
  private readonly values = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  add(labels: Labels, by = 1): void {
    const key = format(labels);
    this.values.set(key, (this.values.get(key) ?? 0) + by);
  }

  render(): string[] {
    return [...this.values].map(([labels, value]) => `${this.name}${braces(labels)} ${value}`);
  }
}

interface Distribution {
  readonly counts: number[];
  sum: number;
  count: number;
}

export class Histogram implements Series {
  private readonly name: string;
  private readonly buckets: readonly number[];
  private readonly values = new Map<string, Distribution>();

  constructor(name: string, buckets: readonly number[]) {
    this.name = name;
    this.buckets = buckets;
  }

  observe(labels: Labels, value: number): void {
    const key = format(labels);
    let at = this.values.get(key);
    if (at === undefined) {
      at = { counts: new Array<number>(this.buckets.length).fill(0), sum: 0, count: 0 };
      this.values.set(key, at);
    }
    const bucket = this.buckets.findIndex((bound) => value <= bound);
    if (bucket >= 0) at.counts[bucket] = (at.counts[bucket] as number) + 1;
    at.sum += value;
    at.count++;
  }

  render(): string[] {
    return [...this.values].flatMap(([labels, at]) => {
      let total = 0;
      const lines = this.buckets.map((bound, i) => {
        total += at.counts[i] as number;
        return `${this.name}_bucket${braces(labels, `le="${bound}"`)} ${total}`;
      });
      return [
        ...lines,
        `${this.name}_bucket${braces(labels, 'le="+Inf"')} ${at.count}`,
        `${this.name}_sum${braces(labels)} ${at.sum}`,
        `${this.name}_count${braces(labels)} ${at.count}`,
      ];
    });
  }
}

function format(labels: Labels): string {
  let out = '';
  for (const name in labels) {
    const value = (labels[name] as string)
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"')
      .replaceAll('\n', '\\n');
    out += `${out === '' ? '' : ','}${name}="${value}"`;
  }
  return out;
}

function braces(labels: string, more = ''): string {
  const all = [labels, more].filter((part) => part !== '').join(',');
  return all === '' ? '' : `{${all}}`;
}
