import { equalJson, type Json } from '../internal/json.ts';
import { seeded } from '../prove/random.ts';
import { matches, sampleText } from '../prove/text-sample.ts';
import { type ConfigSchema, didYouMean } from '../schema/index.ts';
import type { Bump, Change } from './change.ts';

const SAMPLES = 200; // texts of the old pattern that are tried with the new one

/**
 * What became of a schema that users write against. Defaults are left to `defaultChanges`, conditions to the XRs of the
 * matrix: whether one of them is refused says more than how it is written.
 */
export function schemaChanges(before: ConfigSchema, after: ConfigSchema, path: string): readonly Change[] {
  if (equalJson(before, after)) return [];
  return [
    ...typeChanges(before, after, path),
    ...enumChanges(before, after, path),
    ...boundChanges(before, after, path),
    ...textChanges(before, after, path),
    ...propertyChanges(before, after, path),
    ...openness(before, after, path),
    ...(before.items && after.items ? schemaChanges(before.items, after.items, `${path}[]`) : []),
  ];
}

function change(what: string, bump: Bump, path: string, message: string, remedy?: string): Change {
  return { area: 'api', what, bump, path, message, ...(remedy !== undefined && { remedy }) };
}

function typeChanges(before: ConfigSchema, after: ConfigSchema, path: string): Change[] {
  const name = (s: ConfigSchema): string =>
    s['x-kubernetes-int-or-string'] ? 'int-or-string' : (s.type ?? 'any');
  const [old, now] = [name(before), name(after)];
  const out: Change[] = [];
  if (before.nullable && !after.nullable)
    out.push(change('null-refused', 'major', path, 'null is no longer accepted'));
  if (!before.nullable && after.nullable)
    out.push(change('null-accepted', 'minor', path, 'null is accepted'));
  if (old === now) return out;
  const wider =
    now === 'any' ||
    (old === 'integer' && now === 'number') ||
    (now === 'int-or-string' && /integer|string/.test(old));
  return [
    ...out,
    wider
      ? change('type-widened', 'minor', path, `takes ${now} where it took ${old}`)
      : change('type-changed', 'major', path, `is ${now} and was ${old}`),
  ];
}

function enumChanges(before: ConfigSchema, after: ConfigSchema, path: string): Change[] {
  const [old, now] = [before.enum, after.enum];
  if (now === undefined)
    return old === undefined ? [] : [change('enum-opened', 'minor', path, 'any value is accepted')];
  const list = (values: readonly Json[]): string => values.map((v) => JSON.stringify(v)).join(', ');
  if (old === undefined) return [change('enum-closed', 'major', path, `only ${list(now)} are accepted`)];
  const gone = old.filter((v) => !now.includes(v));
  const more = now.filter((v) => !old.includes(v));
  return [
    ...(gone.length > 0 ? [change('enum-shrunk', 'major', path, `${list(gone)} no longer accepted`)] : []),
    ...(more.length > 0 ? [change('enum-grown', 'minor', path, `${list(more)} accepted`)] : []),
  ];
}

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const;
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'] as const;

function boundChanges(before: ConfigSchema, after: ConfigSchema, path: string): Change[] {
  const out: Change[] = [];
  const say = (key: string, old: number | undefined, now: number | undefined, narrower: boolean): void => {
    const message = `${key} is ${now ?? 'gone'} and was ${old ?? 'absent'}`;
    out.push(
      change(narrower ? 'bound-narrowed' : 'bound-widened', narrower ? 'major' : 'minor', path, message),
    );
  };
  for (const key of LOWER) {
    const [old, now] = [before[key], after[key]];
    // A lower bound of nothing says nothing.
    const floor = key.startsWith('min') && key !== 'minimum' ? 0 : Number.NEGATIVE_INFINITY;
    if (old !== now && (old ?? floor) !== (now ?? floor)) say(key, old, now, (now ?? floor) > (old ?? floor));
  }
  for (const key of UPPER) {
    const [old, now] = [before[key], after[key]];
    const top = Number.POSITIVE_INFINITY;
    if (old !== now) say(key, old, now, (now ?? top) < (old ?? top));
  }
  const [old, now] = [before.multipleOf, after.multipleOf];
  if (old !== now) say('multipleOf', old, now, now !== undefined && (old === undefined || old % now !== 0));
  if (!before.uniqueItems && after.uniqueItems) {
    out.push(change('unique-required', 'major', path, 'items must be unique'));
  }
  if (before.uniqueItems && !after.uniqueItems)
    out.push(change('unique-dropped', 'minor', path, 'items may repeat'));
  return out;
}

function textChanges(before: ConfigSchema, after: ConfigSchema, path: string): Change[] {
  const samePattern = before.pattern === after.pattern && before.format === after.format;
  if (samePattern) return [];
  if (after.pattern === undefined && after.format === undefined) {
    return [change('pattern-dropped', 'minor', path, 'any text is accepted')];
  }
  const what =
    after.pattern === before.pattern ? `format ${after.format}` : `pattern ${after.pattern ?? 'gone'}`;
  const broken = counterExample(before, after);
  if (broken === undefined) {
    return [
      change('pattern-widened', 'minor', path, `${what}: ${SAMPLES} texts that passed before still pass`),
    ];
  }
  return [change('pattern-narrowed', 'major', path, `${what}: ${JSON.stringify(broken)} no longer passes`)];
}

/** A text that the old schema takes and the new one does not; bounds are judged elsewhere. */
function counterExample(before: ConfigSchema, after: ConfigSchema): string | undefined {
  const random = seeded(1);
  const sizes = ['shortest' as const, 'longest' as const, ...Array.from({ length: SAMPLES }, () => random)];
  for (const size of sizes) {
    const text = sampleText(before, size);
    if (text !== undefined && !matches(after, text)) return text.slice(0, 80);
  }
  return undefined;
}

function propertyChanges(before: ConfigSchema, after: ConfigSchema, path: string): Change[] {
  const [old, now] = [before.properties ?? {}, after.properties ?? {}];
  const added = Object.keys(now).filter((key) => !Object.hasOwn(old, key));
  const out: Change[] = [];
  for (const [key, schema] of Object.entries(old)) {
    const child = Object.hasOwn(now, key) ? now[key] : undefined;
    const at = `${path}.${key}`;
    if (child !== undefined) out.push(...schemaChanges(schema, child, at));
    else if (after.additionalProperties === undefined || after.additionalProperties === false) {
      out.push(removed(key, schema, at, added, now));
    }
  }
  const needed = new Set(after.required);
  const before_ = new Set(before.required);
  for (const key of added) {
    const must = needed.has(key) && now[key]?.default === undefined;
    // Whether a size or the Blueprint supplies it is seen when the XRs of the matrix are judged.
    const message = must ? 'is new and required' : 'is new';
    out.push(
      change(must ? 'required-added' : 'field-added', must ? 'major' : 'minor', `${path}.${key}`, message),
    );
  }
  for (const key of needed) {
    if (before_.has(key) || added.includes(key) || now[key]?.default !== undefined) continue;
    out.push(change('required-added', 'major', `${path}.${key}`, 'is required now', 'give it a default'));
  }
  for (const key of before_) {
    if (needed.has(key) || !Object.hasOwn(now, key)) continue;
    out.push(change('required-dropped', 'minor', `${path}.${key}`, 'is no longer required'));
  }
  return out;
}

/** A field of the same form under a new name is called a rename, which breaks as much. */
function removed(
  key: string,
  schema: ConfigSchema,
  path: string,
  added: readonly string[],
  now: Readonly<Record<string, ConfigSchema>>,
): Change {
  const form = ({ description: _, title: __, ...rest }: ConfigSchema): unknown => rest;
  const twins = added.filter((other) => equalJson(form(now[other] ?? {}), form(schema)));
  const twin = twins.length === 1 ? twins[0] : didYouMean(key, twins);
  if (twin === undefined) return change('field-removed', 'major', path, 'is gone');
  return change('field-renamed', 'major', path, `is called ${twin} now`, `keep ${key} beside it for a while`);
}

function openness(before: ConfigSchema, after: ConfigSchema, path: string): Change[] {
  const [old, now] = [before.additionalProperties ?? false, after.additionalProperties ?? false];
  if (before.type !== 'object' || after.type !== 'object' || equalJson(old as Json, now as Json)) return [];
  if (typeof old === 'object' && typeof now === 'object') return [...schemaChanges(old, now, `${path}.*`)];
  if (now === true || old === false) return [change('keys-opened', 'minor', path, 'takes other keys too')];
  return [change('keys-closed', 'major', path, 'no longer takes any key')];
}
