import { ToolkitError } from '../errors.ts';
import { getPath } from '../internal/json.ts';

/** A comparison of one config or application field with a constant: the platform's `when`. */
export interface Predicate {
  /** `['config', 'database', 'mode']` */
  readonly subject: readonly string[];
  readonly operator: '==' | '!=';
  readonly value: string | number | boolean;
}

/** What an author compares a field with. */
export interface Comparable<T> {
  /** True when the field equals the value. */
  is(value: T): Predicate;
  /** True when the field is absent or differs from the value. */
  isNot(value: T): Predicate;
}

/** The shape of `T` with every scalar leaf replaced by its comparisons; arrays cannot be compared. */
export type Symbolic<T> = [T] extends [string | number | boolean | null | undefined]
  ? Comparable<NonNullable<T>>
  : T extends readonly unknown[]
    ? never
    : { readonly [K in keyof T]-?: Symbolic<NonNullable<T[K]>> };

/** What a predicate may look at beside the config. */
export interface PredicateApplication {
  readonly name: string;
  readonly namespace: string;
}

/** Written once, as `(config) => config.database.mode.is('embedded')`; evaluated by us, serialised for the platform. */
export type PredicateBuilder<C> = (
  config: Symbolic<C>,
  application: Symbolic<PredicateApplication>,
) => Predicate;

const OPERATORS = { is: '==', isNot: '!=' } as const;

function recorder(path: readonly string[]): unknown {
  return new Proxy(() => undefined, {
    get: (_target, key) => (typeof key === 'string' ? recorder([...path, key]) : undefined),
    apply: (_target, _self, args: readonly unknown[]): Predicate => {
      const verb = path.at(-1);
      const operator = verb === 'is' || verb === 'isNot' ? OPERATORS[verb] : undefined;
      const value = args[0];
      if (operator === undefined || !isConstant(value)) {
        throw new ToolkitError(
          'invalid',
          `Cannot build the predicate over "${path.join('.')}": compare a field with .is(constant) or .isNot(constant)`,
        );
      }
      return checked({ subject: path.slice(0, -1), operator, value });
    },
  });
}

/** Runs a builder against recording fields. */
export function buildPredicate<C>(builder: PredicateBuilder<C>): Predicate {
  const result = builder(
    recorder(['config']) as Symbolic<C>,
    recorder(['application']) as Symbolic<PredicateApplication>,
  );
  if (!isPredicate(result)) {
    throw new ToolkitError('invalid', 'Cannot build the predicate: it must return one comparison', {
      remedy: "write it as (config) => config.database.mode.is('embedded')",
    });
  }
  return checked(result);
}

function isPredicate(value: unknown): value is Predicate {
  if (typeof value !== 'object' || value === null || !('subject' in value && 'value' in value)) return false;
  const { subject, value: constant } = value;
  const operator = 'operator' in value ? value.operator : undefined;
  return (
    Array.isArray(subject) &&
    subject.every((s) => typeof s === 'string') &&
    (operator === '==' || operator === '!=') &&
    isConstant(constant)
  );
}

const SEGMENT = /^[A-Za-z_][A-Za-z0-9_-]*$/;

const NUMBER = /^-?\d+(?:\.\d+)?$/;

function checked(predicate: Predicate): Predicate {
  const bad = predicate.subject.find((s) => !SEGMENT.test(s));
  const [root] = predicate.subject;
  if (bad !== undefined || predicate.subject.length < 2 || (root !== 'config' && root !== 'application')) {
    throw new ToolkitError(
      'invalid',
      `Cannot write the predicate over "${predicate.subject.join('.')}": only plain field names can be compared`,
    );
  }
  if (typeof predicate.value === 'string' && /['\\{}\r\n]/.test(predicate.value)) {
    throw new ToolkitError(
      'invalid',
      `Cannot write the predicate value "${predicate.value}": quotes, backslashes, braces and line breaks are not in the grammar`,
    );
  }
  if (typeof predicate.value === 'number' && !NUMBER.test(String(predicate.value))) {
    throw new ToolkitError(
      'invalid',
      `Cannot write the predicate value ${predicate.value}: the grammar has no exponents`,
    );
  }
  return predicate;
}

function isConstant(value: unknown): value is string | number | boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}

/** `{{ .config.database.mode == 'embedded' }}` */
export function formatPredicate(predicate: Predicate): string {
  const value = typeof predicate.value === 'string' ? `'${predicate.value}'` : String(predicate.value);
  return `{{ .${predicate.subject.join('.')} ${predicate.operator} ${value} }}`;
}

const TEXT =
  /^\{\{\s*\.((?:config|application)(?:\.[A-Za-z_][A-Za-z0-9_-]*)+)\s*(==|!=)\s*(?:'([^'\\{}\r\n]*)'|(true|false)|(-?\d+(?:\.\d+)?))\s*\}\}$/;

/** Reads the platform's grammar. @throws ToolkitError `invalid`, naming the text */
export function parsePredicate(text: string): Predicate {
  const m = TEXT.exec(text.trim());
  if (m === null) {
    throw new ToolkitError('invalid', `Cannot read predicate "${text.slice(0, 200)}"`, {
      remedy: "write it as {{ .config.path == 'value' }} or {{ .application.name != 'value' }}",
    });
  }
  const [, path = '', operator, text_, boolean_, number_] = m;
  const value = text_ ?? (boolean_ !== undefined ? boolean_ === 'true' : Number(number_));
  return checked({ subject: path.split('.'), operator: operator === '!=' ? '!=' : '==', value });
}

/** Evaluates against the merged config (defaults applied) and the application. */
export function evaluatePredicate(
  predicate: Predicate,
  scope: { readonly config: unknown; readonly application: PredicateApplication },
): boolean {
  const equal = getPath(scope, predicate.subject) === predicate.value;
  return predicate.operator === '==' ? equal : !equal;
}
