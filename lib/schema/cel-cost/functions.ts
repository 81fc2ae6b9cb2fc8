import type { CelKind } from './cel-type.ts';
import { type Estimate, plus, sizeOf, times, UNKNOWN } from './estimate.ts';

const TEXT = 0.1; // per character that is looked at
const REGEX = 0.25; // per character of a regular expression
const LONGEST_NAME_PATTERN = 128;

interface Call {
  /** On which it is called; absent for `f(x)`. */
  readonly target?: Estimate;
  readonly args: readonly Estimate[];
}

interface Result {
  /** Beside that of its arguments. */
  readonly cost: number;
  readonly size?: number;
  readonly kind?: CelKind;
}

const factor = (size: number, by: number): number => Math.min(UNKNOWN, Math.ceil(size * by));
const one =
  (kind?: CelKind): (() => Result) =>
  () => ({ cost: 1, ...(kind === undefined ? {} : { kind }) });
const first = ({ target, args }: Call): number => sizeOf(target ?? args[0]);
const arg = ({ args }: Call, i = 0): number => sizeOf(args[i]);
const scan =
  (kind: CelKind): ((call: Call) => Result) =>
  (call) => ({ cost: factor(first(call), TEXT), kind });
const rewrite = (call: Call): Result => ({
  cost: factor(first(call), TEXT),
  size: first(call),
  kind: 'string',
});

const matches = (call: Call): Result => {
  const [text, pattern] = call.target === undefined ? [arg(call), arg(call, 1)] : [first(call), arg(call)];
  return { cost: times(factor(plus(text, 1), TEXT), factor(pattern, REGEX)), kind: 'bool' };
};

/** Each item of a list once; items that are texts by their length. */
const eachItem =
  (kind?: CelKind) =>
  ({ target }: Call): Result => {
    const element = target?.type?.element;
    const result = kind === undefined ? {} : { kind };
    if (target?.kind !== 'list') return { cost: factor(sizeOf(target), TEXT), ...result };
    const text = element?.kind === 'string' || element?.kind === 'bytes';
    return { cost: times(sizeOf(target), text ? 1 + factor(element.max, TEXT) : 1), ...result };
  };

const sets =
  (by: number) =>
  (call: Call): Result => ({ cost: plus(factor(times(arg(call), arg(call, 1)), by), 1), kind: 'bool' });

/** Functions whose cost depends on sizes; those of {@link CHEAP} cost 1. As kube-apiserver estimates them. */
const COSTS: Readonly<Record<string, (call: Call) => Result>> = {
  contains: (call) => ({ cost: times(factor(first(call), TEXT), factor(arg(call), TEXT)), kind: 'bool' }),
  startsWith: (call) => ({ cost: factor(arg(call), TEXT), kind: 'bool' }),
  endsWith: (call) => ({ cost: factor(arg(call), TEXT), kind: 'bool' }),
  matches,
  find: (call) => ({ ...matches(call), size: first(call), kind: 'string' }),
  findAll: (call) => ({ ...matches(call), size: first(call), kind: 'list' }),
  isSorted: eachItem('bool'),
  sum: eachItem(),
  min: eachItem(),
  max: eachItem(),
  indexOf: eachItem('int'),
  lastIndexOf: eachItem('int'),
  lowerAscii: rewrite,
  upperAscii: rewrite,
  substring: rewrite,
  trim: rewrite,
  url: (call) => ({ cost: factor(arg(call), TEXT), size: arg(call) }),
  split: (call) => ({ cost: factor(first(call), 2 * TEXT), size: first(call), kind: 'list' }),
  join({ target, args }) {
    const count = sizeOf(target);
    const separators = args.length > 0 ? times(sizeOf(args[0]), Math.max(0, count - 1)) : 0;
    const size = plus(times(count, target?.type?.element?.max ?? UNKNOWN), separators);
    return { cost: factor(size, TEXT), size, kind: 'string' };
  },
  replace(call) {
    const [text, what, by] = [first(call), arg(call), arg(call, 1)];
    const shorter = what > 0 && call.args[0]?.literal === true && by <= what;
    const count = what === 0 || call.args[0]?.literal !== true ? plus(text, 1) : Math.ceil(text / what);
    const size = shorter ? text : plus(times(count, by), what === 0 ? text : 0);
    return { cost: factor(text, 2 * TEXT), size, kind: 'string' };
  },
  quantity: (call) => ({ cost: factor(arg(call), TEXT) }),
  isQuantity: scan('bool'),
  semver: (call) => ({ cost: factor(arg(call), TEXT) }),
  isSemver: scan('bool'),
  cidr: (call) => ({ cost: factor(arg(call), TEXT) }),
  isIP: scan('bool'),
  isCIDR: scan('bool'),
  ip: (call) => ({ cost: call.target === undefined ? factor(arg(call), TEXT) : 1 }),
  containsIP: (call) => ({
    cost: plus(4, call.args[0]?.kind === 'string' ? factor(arg(call), TEXT) : 0),
    kind: 'bool',
  }),
  containsCIDR: (call) => ({
    cost: plus(7, call.args[0]?.kind === 'string' ? factor(arg(call), TEXT) : 0),
    kind: 'bool',
  }),
  validate: (call) => ({ cost: times(factor(arg(call), TEXT), LONGEST_NAME_PATTERN * REGEX) }),
  format: (call) => ({ cost: factor(first(call), TEXT), kind: 'string' }),
  'sets.contains': sets(1),
  'sets.intersects': sets(1),
  'sets.equivalent': sets(2),
  size: one('int'),
  bytes: (call) => ({ cost: factor(arg(call), TEXT), size: times(arg(call), 4), kind: 'bytes' }),
  string(call) {
    const bytes = call.args[0]?.kind === 'bytes';
    return {
      cost: bytes ? factor(arg(call), TEXT) : 1,
      ...(bytes ? { size: arg(call) } : {}),
      kind: 'string',
    };
  },
  int: one('int'),
  uint: one('int'),
  double: one('double'),
  bool: one('bool'),
  duration: one('duration'),
  timestamp: one('timestamp'),
  isURL: scan('bool'),
  hasValue: one('bool'),
  orValue: (call) => ({ cost: 1, ...(call.args[0]?.kind === undefined ? {} : { kind: call.args[0].kind }) }),
  charAt: one('string'),
  isInteger: one('bool'),
  isGreaterThan: one('bool'),
  isLessThan: one('bool'),
  compareTo: one('int'),
  sign: one('int'),
  asInteger: one('int'),
  asApproximateFloat: one('double'),
};

/** What costs 1, whatever it is called with. */
const CHEAP: ReadonlySet<string> = new Set(
  `type dyn or value reverse flatten distinct sort slice add sub getScheme getHostname getHost getPort getEscapedPath
  getQuery getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds
  getMilliseconds masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast
  isGlobalUnicast major minor patch ip.isCanonical optional.of optional.none optional.ofNonZeroValue format.named
  math.greatest math.least strings.quote isFormat formats`.split(/\s+/),
);

/** The estimate of a call beside that of its arguments; undefined for a function that there is not. */
export function callCost(name: string, call: Call): Result | undefined {
  const known = Object.hasOwn(COSTS, name) ? COSTS[name] : undefined;
  return known?.(call) ?? (CHEAP.has(name) ? { cost: 1 } : undefined);
}
