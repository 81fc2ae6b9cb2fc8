/** A regular expression as far as a text that matches it needs to know. */
export type PatternTree =
  | { readonly is: 'one'; readonly of: readonly string[] }
  | { readonly is: 'all'; readonly parts: readonly PatternTree[] }
  | { readonly is: 'either'; readonly parts: readonly PatternTree[] }
  | { readonly is: 'repeat'; readonly part: PatternTree; readonly min: number; readonly max: number };

const NOTHING: PatternTree = { is: 'all', parts: [] };
const range = (from: string, to: string): string[] => {
  const [low, high] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  const end = Math.min(high, low + MAX_RANGE);
  return Array.from({ length: Math.max(0, end - low + 1) }, (_, i) => String.fromCodePoint(low + i));
};
const MAX_RANGE = 200; // characters of one range; a sample needs no more
const DIGITS = range('0', '9');
const WORDS = [...range('a', 'z'), ...range('A', 'Z'), ...DIGITS, '_'];
/** What negated sets and the dot are taken from. */
const PRINTABLE = [
  ...range('a', 'z'),
  ...range('A', 'Z'),
  ...DIGITS,
  ...range(' ', '/'),
  ...':;<=>?@[]^_{|}~ä',
];
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
  ['v', '\v'],
]);

/** Reads a pattern; undefined for what it does not know (lookaround, back-references, properties of characters). */
export function parsePattern(source: string): PatternTree | undefined {
  try {
    const reader = new PatternReader(source);
    const tree = reader.either();
    return reader.done ? tree : undefined;
  } catch (error) {
    if (error === UNKNOWN) return undefined;
    throw error;
  }
}

const UNKNOWN: unique symbol = Symbol('not understood');

class PatternReader {
  readonly #chars: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#chars = [...source];
  }

  get done(): boolean {
    return this.#at >= this.#chars.length;
  }

  either(): PatternTree {
    const parts = [this.#all()];
    while (this.#take('|')) parts.push(this.#all());
    return parts.length === 1 ? (parts[0] ?? NOTHING) : { is: 'either', parts };
  }

  #all(): PatternTree {
    const parts: PatternTree[] = [];
    while (!this.done && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#repeated());
    return { is: 'all', parts };
  }

  #repeated(): PatternTree {
    const part = this.#atom();
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    this.#take('?'); // a lazy one matches the same texts
    return { is: 'repeat', part, ...bounds };
  }

  #bounds(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    const m = /^\{(\d+)(,(\d*))?\}/.exec(this.#chars.slice(this.#at, this.#at + 12).join(''));
    if (m === null) return undefined;
    this.#at += m[0].length;
    const min = Number(m[1]);
    return { min, max: m[2] === undefined ? min : m[3] === '' ? Number.POSITIVE_INFINITY : Number(m[3]) };
  }

  #atom(): PatternTree {
    const ch = this.#next();
    if (ch === '^' || ch === '$') return NOTHING;
    if (ch === '.') return { is: 'one', of: PRINTABLE };
    if (ch === '[') return { is: 'one', of: this.#set() };
    if (ch === '(') return this.#group();
    if (ch === '\\') return this.#escape();
    return { is: 'one', of: [ch] };
  }

  #group(): PatternTree {
    if (this.#take('?')) {
      if (!this.#take(':')) {
        if (!this.#take('<') || this.#peek() === '=' || this.#peek() === '!') throw UNKNOWN;
        while (this.#next() !== '>');
      }
    }
    const inside = this.either();
    if (!this.#take(')')) throw UNKNOWN;
    return inside;
  }

  #escape(): PatternTree {
    const next = this.#peek();
    if (next === 'b') {
      this.#at++;
      return NOTHING;
    }
    return { is: 'one', of: this.#escaped() };
  }

  /** The characters behind a backslash. */
  #escaped(): readonly string[] {
    const ch = this.#next();
    const shorthand = new Map([
      ['d', DIGITS],
      ['w', WORDS],
      ['s', [' ', '\t']],
      ['D', PRINTABLE.filter((c) => !DIGITS.includes(c))],
      ['W', PRINTABLE.filter((c) => !WORDS.includes(c))],
      ['S', PRINTABLE.filter((c) => c !== ' ')],
    ]).get(ch);
    if (shorthand !== undefined) return shorthand;
    const control = CONTROLS.get(ch);
    if (control !== undefined) return [control];
    if (ch === 'x' || ch === 'u') return [this.#code(ch === 'x' ? 2 : 4)];
    if (/[a-zA-Z0-9]/.test(ch)) throw UNKNOWN;
    return [ch];
  }

  #code(digits: number): string {
    let hex = '';
    if (this.#take('{')) while (!this.#take('}')) hex += this.#next();
    else for (let i = 0; i < digits; i++) hex += this.#next();
    const code = Number.parseInt(hex, 16);
    if (!(code >= 0 && code <= 0x10ffff)) throw UNKNOWN;
    return String.fromCodePoint(code);
  }

  #set(): readonly string[] {
    const negated = this.#take('^');
    const found: string[] = [];
    while (!this.#take(']')) {
      const from = this.#member();
      if (from.length === 1 && this.#peek() === '-' && this.#chars[this.#at + 1] !== ']') {
        this.#at++;
        const [to] = this.#member();
        found.push(...range(from[0] ?? '', to ?? ''));
      } else found.push(...from);
    }
    const set = new Set(found);
    const chars = negated ? PRINTABLE.filter((c) => !set.has(c)) : [...set];
    if (chars.length === 0) throw UNKNOWN;
    return chars;
  }

  #member(): readonly string[] {
    const ch = this.#next();
    return ch === '\\' ? this.#escaped() : [ch];
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #take(ch: string): boolean {
    if (this.#peek() !== ch) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    const ch = this.#chars[this.#at++];
    if (ch === undefined) throw UNKNOWN;
    return ch;
  }
}
