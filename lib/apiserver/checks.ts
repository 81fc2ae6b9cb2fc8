import type { Issue } from '../errors.ts';
import { isObject, type JsonObject } from '../internal/json.ts';

/** A judgement of a text: undefined if it is fine, else what it must be. */
export type TextRule = (text: string) => string | undefined;

const MAX_ISSUES = 100;

/** Collects what is wrong with one object. A value that is absent passes every check but `required`. */
export class Checks {
  readonly issues: Issue[] = [];
  /** Which Kubernetes judges: 35 for 1.35. Rules that are not the same in all that are known ask for it. */
  readonly minor: number;

  constructor(minor: number) {
    this.minor = minor;
  }

  add(path: string, message: string, remedy?: string): void {
    if (this.issues.length >= MAX_ISSUES) return;
    this.issues.push(remedy === undefined ? { path, message } : { path, message, remedy });
  }

  /** Absent, `""` and an empty list or object are all "not there" to Go. */
  required(value: unknown, path: string): boolean {
    if (!isEmpty(value)) return true;
    this.add(path, 'is required', `set ${path.slice(path.lastIndexOf('.') + 1)}`);
    return false;
  }

  /** @param refused what may not be there here, and why */
  forbidden(value: unknown, path: string, refused: string, remedy = 'remove it'): void {
    if (!isEmpty(value)) this.add(path, refused, remedy);
  }

  oneOf(value: unknown, path: string, allowed: readonly string[]): void {
    if (typeof value !== 'string' || value === '' || allowed.includes(value)) return;
    this.add(path, `${mustBe(allowed)}, not ${quoted(value)}`);
  }

  /** One of these that has to be there. */
  choice(value: unknown, path: string, allowed: readonly string[]): void {
    if (isEmpty(value)) this.add(path, mustBe(allowed));
    else this.oneOf(value, path, allowed);
  }

  text(value: unknown, path: string, rule: TextRule): void {
    if (typeof value !== 'string') return;
    const wrong = rule(value);
    if (wrong !== undefined) this.add(path, `${quoted(value)} ${wrong}`);
  }

  number(value: unknown, path: string, min: number, max: number = Number.POSITIVE_INFINITY): void {
    if (typeof value !== 'number' || (value >= min && value <= max)) return;
    this.add(
      path,
      max === Number.POSITIVE_INFINITY ? `must be at least ${min}` : `must be from ${min} to ${max}`,
    );
  }

  /** Each text or key of these occurs once. */
  unique(values: readonly unknown[], path: (index: number) => string): void {
    const seen = new Set<string>();
    for (const [i, value] of values.entries()) {
      if (value === undefined || value === '') continue;
      const key = JSON.stringify(value);
      if (seen.has(key)) this.add(path(i), `is a duplicate: ${key} is in the list already`);
      seen.add(key);
    }
  }
}

const mustBe = (allowed: readonly string[]): string =>
  `must be ${allowed.map((a) => JSON.stringify(a)).join(' or ')}`;

export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

const MAX_QUOTED = 80; // characters

export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

/** The object below a key; an empty one where there is none. */
export function objectAt(value: unknown, ...keys: readonly string[]): JsonObject {
  let at: unknown = value;
  for (const key of keys) at = isObject(at) ? at[key] : undefined;
  return isObject(at) ? at : {};
}

/** The objects of a list below a key, each with its path; that of the object itself is ''. */
export function itemsAt(
  value: unknown,
  key: string,
  path: string,
): readonly (readonly [JsonObject, string])[] {
  const list = isObject(value) ? value[key] : undefined;
  if (!Array.isArray(list)) return [];
  const at = path === '' ? key : `${path}.${key}`;
  return list.map((item: unknown, i) => [isObject(item) ? item : {}, `${at}[${i}]`] as const);
}

/** The texts of a list below a key. */
export function textsAt(value: unknown, key: string): readonly string[] {
  const list = isObject(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

export function textAt(value: unknown, key: string): string {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
}

/** `path.key`, or `path["a.b"]` for a key that needs quotes. */
export function keyPath(path: string, key: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
