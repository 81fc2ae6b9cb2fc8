/**
 * Adds up the samples of a metric in the Prometheus text format, those that carry all of these labels; 0 if there is
 * none: counters appear with their first count.
 * @example
 * sumMetric(await cluster.crossplane.metrics(), 'circuit_breaker_opens_total')
 */
export function sumMetric(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const [, braces = '', value] = /^(?:\{(.*)\})? (\S+)/.exec(line.slice(name.length)) ?? [];
    const has = `,${braces},`;
    if (value !== undefined && wanted.every((label) => has.includes(`,${label},`))) sum += Number(value);
  }
  return sum;
}
