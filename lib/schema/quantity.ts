const SUFFIX: ReadonlyMap<string, [bigint, bigint]> = new Map([
  ['n', [1n, 1_000_000_000n]],
  ['u', [1n, 1_000_000n]],
  ['m', [1n, 1_000n]],
  ['', [1n, 1n]],
  ['k', [10n ** 3n, 1n]],
  ['M', [10n ** 6n, 1n]],
  ['G', [10n ** 9n, 1n]],
  ['T', [10n ** 12n, 1n]],
  ['P', [10n ** 15n, 1n]],
  ['E', [10n ** 18n, 1n]],
  ['Ki', [2n ** 10n, 1n]],
  ['Mi', [2n ** 20n, 1n]],
  ['Gi', [2n ** 30n, 1n]],
  ['Ti', [2n ** 40n, 1n]],
  ['Pi', [2n ** 50n, 1n]],
  ['Ei', [2n ** 60n, 1n]],
]);
/** One, in billionths. */
export const NANO: bigint = 1_000_000_000n;

const MAX_EXPONENT = 40; // beyond any bound of Kubernetes, which caps there too

/** A Kubernetes quantity (`500m`, `2Gi`, `1e3`) in billionths, rounded up as Kubernetes does; undefined if it is none. */
export function parseQuantity(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text);
  if (match === null || text.length > 64) return undefined;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
  // Kubernetes reads a sign alone as zero.
  if (text === '+' || text === '-') return 0n;
  if (whole === '' && fraction === '') return undefined;
  let [times, divided] = SUFFIX.get(suffix) ?? [1n, 1n];
  if (exponent !== undefined) {
    const power = Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, Number(exponent)));
    if (power >= 0) times = 10n ** BigInt(power);
    else divided = 10n ** BigInt(-power);
  }
  const above = BigInt(whole + fraction) * times * NANO;
  const below = 10n ** BigInt(fraction.length) * divided;
  const nano = above / below + (above % below === 0n ? 0n : 1n);
  return sign === '-' ? -nano : nano;
}
