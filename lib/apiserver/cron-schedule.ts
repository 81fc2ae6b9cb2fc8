const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 6, names: DAYS },
];
const WORDS = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
const EVERY = /^@every [-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/;

/** A schedule as Kubernetes reads it: five fields, or `@daily` and its like, or `@every 5m`. */
export function isCronSchedule(text: string): boolean {
  if (text.startsWith('@')) return WORDS.test(text) || EVERY.test(text);
  const fields = text.split(/\s+/).filter((field) => field !== '');
  return fields.length === FIELDS.length && fields.every((field, i) => isField(field, FIELDS[i] as Field));
}

function isField(text: string, field: Field): boolean {
  const parts = text.split(',').filter((part) => part !== '');
  return parts.every((part) => isRange(part, field));
}

function isRange(text: string, field: Field): boolean {
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  const [from = '', to, ...others] = range.split('-');
  if (from === '*' || from === '?') return to === undefined;
  const low = numberOf(from, field);
  const high = to === undefined ? low : numberOf(to, field);
  if (others.length > 0 || low === undefined || high === undefined) return false;
  return low >= field.low && high <= field.high && low <= high;
}

function numberOf(text: string, { names, low }: Field): number | undefined {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  if (index >= 0) return index + low;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A name of the time zone database. */
export function isTimeZone(text: string): boolean {
  if (text === '' || text.toLowerCase() === 'local') return false;
  if (text === 'UTC') return true;
  if (!/^[A-Za-z][-+\w/]*$/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
