import { testRe2 } from './pattern.ts';

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `(${OCTET}\\.){3}${OCTET}`;
const H16 = '[0-9a-fA-F]{1,4}';
const LS32 = `(${H16}:${H16}|${IPV4})`;
const IPV6 = [
  `(${H16}:){6}${LS32}`,
  `::(${H16}:){5}${LS32}`,
  `(${H16})?::(${H16}:){4}${LS32}`,
  `((${H16}:){0,1}${H16})?::(${H16}:){3}${LS32}`,
  `((${H16}:){0,2}${H16})?::(${H16}:){2}${LS32}`,
  `((${H16}:){0,3}${H16})?::${H16}:${LS32}`,
  `((${H16}:){0,4}${H16})?::${LS32}`,
  `((${H16}:){0,5}${H16})?::${H16}`,
  `((${H16}:){0,6}${H16})?::`,
].join('|');
const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOSTNAME = `${LABEL}(\\.${LABEL})*`;
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LEAP = '([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)';
const DATE = [
  '[0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])',
  '[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)',
  '[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])',
  `${LEAP}-02-29`,
].join('|');
const HOUR_MINUTE = '([01][0-9]|2[0-3]):[0-5][0-9]';
const TIME = `${HOUR_MINUTE}:[0-5][0-9](\\.[0-9]+)?(Z|[+-]${HOUR_MINUTE})`;
const URI_CHAR = "([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})";
const AUTHORITY = `(([A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?(${HOSTNAME}|\\[(${IPV6})\\])(:[0-9]{1,5})?`;
const URI = `[A-Za-z][A-Za-z0-9+.-]*:(//(${AUTHORITY})?(/${URI_CHAR}*)?|${URI_CHAR}*)(\\?(${URI_CHAR}|\\?)*)?(#(${URI_CHAR}|\\?)*)?`;

/**
 * Formats of a config schema as RE2 expressions. JSON Schema's and Kubernetes' ideas of a format of the same name
 * differ (Go takes `Bob <bob@example.com>` as an email), so the expression is what both sides judge by.
 */
export const CONFIG_FORMATS: ReadonlyMap<string, string> = new Map([
  ['date', `^(${DATE})$`],
  ['date-time', `^(${DATE})T${TIME}$`],
  ['email', `^${ATOM}(\\.${ATOM})*@${HOSTNAME}$`],
  ['hostname', `^${HOSTNAME}$`],
  ['ipv4', `^${IPV4}$`],
  ['ipv6', `^(${IPV6})$`],
  ['cidr', `^(${IPV4}/(3[0-2]|[12]?[0-9])|(${IPV6})/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`],
  ['mac', '^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$'],
  ['uri', `^${URI}$`],
  ['uuid', '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'],
  ['byte', '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$'],
  ['password', ''],
]);

/** Numeric formats of a config schema. Kubernetes does not check their range, so it is written as bounds. */
export const NUMERIC_FORMATS: ReadonlySet<string> = new Set(['int32', 'int64', 'float', 'double']);

/** Formats that the structural schema names too: Kubernetes accepts at least what the expression accepts. */
export const EMITTED_FORMATS: ReadonlySet<string> = new Set([
  'date',
  'date-time',
  'ipv4',
  'uuid',
  'byte',
  'password',
  'int32',
  'int64',
]);

const UUID = (version: string, variant: string): string =>
  `(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`;
const DURATION = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)/;

/** Formats as kube-apiserver checks them in any CRD; a name that is not here is ignored there too. */
const KUBE_FORMATS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['date', matches(`^(${DATE})$`)],
  ['date-time', matches(`^(${DATE})[Tt]${HOUR_MINUTE}:[0-5][0-9](.[0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})$`)],
  ['datetime', matches(`^(${DATE})[Tt]${HOUR_MINUTE}:[0-5][0-9](.[0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})$`)],
  ['duration', isDuration],
  ['email', (v: string) => /^(?:[^<>]*<)?[^\s<>@]+@[^\s<>@]+>?$/.test(v)],
  ['hostname', isHostname],
  ['ipv4', matches(`^${IPV4}$`)],
  ['ipv6', matches(`^(${IPV6})$`)],
  ['cidr', matches(`^(${IPV4}/(3[0-2]|[12]?[0-9])|(${IPV6})/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`)],
  ['mac', matches('^([0-9a-fA-F]{2}[:-]){5,7}[0-9a-fA-F]{2}$|^([0-9a-fA-F]{4}\\.){2,3}[0-9a-fA-F]{4}$')],
  [
    'uri',
    (v: string) => /^(?:[A-Za-z][A-Za-z0-9+.-]*:|\/)/.test(v) && !/[\p{Cc} ]|%(?![0-9a-fA-F]{2})/u.test(v),
  ],
  ['uuid', matches(UUID('[0-9a-f]', '[0-9a-f]'))],
  ['uuid3', matches(UUID('3', '[0-9a-f]'))],
  ['uuid4', matches(UUID('4', '[89ab]'))],
  ['uuid5', matches(UUID('5', '[89ab]'))],
  ['byte', matches('^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$')],
  ['bsonobjectid', matches('^[0-9a-fA-F]{24}$')],
  ['hexcolor', matches('^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$')],
  ['ssn', matches('^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$')],
]);

function matches(pattern: string): (value: string) => boolean {
  return (value) => testRe2(pattern, value) === true;
}

function isHostname(value: string): boolean {
  return value.length <= 255 && testRe2(`^${HOSTNAME}$`, value) === true;
}

/** Go's `time.ParseDuration`, or the words that strfmt also takes (`2 days`). */
function isDuration(value: string): boolean {
  if (value === '0' || value === '+0' || value === '-0') return true;
  let rest = value;
  for (let first = true; rest !== '' || first; first = false) {
    const match = DURATION.exec(first ? rest : `+${rest}`);
    if (match === null || (!first && /^[-+]/.test(rest))) {
      return (
        testRe2(
          '^\\s*(\\d+\\s*(ns|nano[a-z]*|us|µs|micro[a-z]*|ms|milli[a-z]*|s|sec[a-z]*|m|min[a-z]*|h|hr[a-z]*|hour[a-z]*|d|day[a-z]*|w|wk[a-z]*|week[a-z]*)\\s*)+$',
          value,
        ) === true
      );
    }
    rest = rest.slice(first ? match[0].length : match[0].length - 1);
  }
  return true;
}

/** True when kube-apiserver would accept the string under that format; unknown formats accept everything. */
export function matchesKubeFormat(format: string, value: string): boolean {
  return KUBE_FORMATS.get(format)?.(value) ?? true;
}

// What a repeated group of these begins with cannot end what stands before it, so that no text makes JavaScript go back
// further than one label. The RE2 engine says the same, and takes longer to load than a first call takes.
const LINEAR: ReadonlySet<string> = new Set([
  'date',
  'date-time',
  'email',
  'hostname',
  'ipv4',
  'mac',
  'uuid',
]);
const MAX_LINEAR = 1000; // characters
const linear = new Map<string, RegExp>();

/** True when a config value matches one of {@link CONFIG_FORMATS}. */
export function matchesConfigFormat(format: string, value: string): boolean {
  const pattern = CONFIG_FORMATS.get(format);
  if (pattern === undefined || pattern === '') return true;
  if (!LINEAR.has(format) || value.length > MAX_LINEAR) return testRe2(pattern, value) === true;
  const expression = linear.get(format) ?? new RegExp(pattern, 'u');
  linear.set(format, expression);
  return expression.test(value);
}
