import { equalJson, isObject, type Json, type JsonObject } from '../internal/json.ts';
import { applyDefaults, mergeConfig } from '../schema/defaults.ts';
import type { ConfigSchema } from '../schema/index.ts';
import type { Change } from './change.ts';
import type { BlueprintFacts } from './facts.ts';

/**
 * What a user who wrote nothing gets otherwise than before: schema defaults, the Blueprint's values and the sizes,
 * each size that both versions have.
 */
export function defaultChanges(before: BlueprintFacts, after: BlueprintFacts): readonly Change[] {
  const found = new Map<
    string,
    { readonly old: Json; readonly now: Json | undefined; readonly sizes: string[] }
  >();
  for (const size of before.sizes.keys()) {
    if (!after.sizes.has(size)) continue;
    const [old, now] = [effective(before, size), effective(after, size)];
    for (const [path, value] of leaves(old)) {
      const next = at(now, path);
      if (equalJson(next, value) || !declares(after.config, path)) continue;
      const key = JSON.stringify([path, value, next ?? null]);
      const known = found.get(key);
      if (known === undefined) found.set(key, { old: value, now: next, sizes: [size] });
      else known.sizes.push(size);
    }
  }
  const every = [...before.sizes.keys()].filter((s) => after.sizes.has(s)).length;
  const changed = [...found].map(([key, { old, now, sizes }]): Change => {
    const [path] = JSON.parse(key) as [string[]];
    const where = sizes.length === every ? '' : ` (size ${sizes.join(', ')})`;
    const becomes = now === undefined ? 'there is none now' : `it is ${JSON.stringify(now)} now`;
    return {
      area: 'api',
      what: 'default-changed',
      bump: 'major',
      path: `spec.config.${path.join('.')}`,
      message: `the default was ${JSON.stringify(old)}, ${becomes}${where}`,
      remedy: 'who did not write it gets another value by the upgrade',
    };
  });
  return [...changed, ...addedDefaults(before, after)];
}

/** A field that was left to compose, and has a default now. */
function addedDefaults(before: BlueprintFacts, after: BlueprintFacts): readonly Change[] {
  const found = new Map<string, Change>();
  for (const size of before.sizes.keys()) {
    if (!after.sizes.has(size)) continue;
    const [old, now] = [effective(before, size), effective(after, size)];
    for (const [path, value] of leaves(now)) {
      if (at(old, path) !== undefined || !declares(before.config, path)) continue;
      const where = `spec.config.${path.join('.')}`;
      const message = `has a default now: ${JSON.stringify(value)}`;
      found.set(where, { area: 'api', what: 'default-added', bump: 'minor', path: where, message });
    }
  }
  return [...found.values()];
}

function effective({ config, values, sizes }: BlueprintFacts, size: string): JsonObject {
  const filled = applyDefaults(config, mergeConfig(values, sizes.get(size)));
  return isObject(filled) ? filled : {};
}

/** What stands at a path of the config of an XR that says nothing. */
export function effectiveAt(facts: BlueprintFacts, size: string, path: readonly string[]): Json | undefined {
  return at(effective(facts, size), path);
}

/** Every value that is no object with keys of its own. */
function* leaves(
  value: JsonObject,
  path: readonly string[] = [],
): Generator<readonly [readonly string[], Json]> {
  for (const [key, item] of Object.entries(value)) {
    if (isObject(item) && Object.keys(item).length > 0) yield* leaves(item, [...path, key]);
    else yield [[...path, key], item];
  }
}

function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  let found = value;
  for (const key of path) found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
}

/** A field that is gone has no default to speak of: its removal is told. */
function declares(schema: ConfigSchema, path: readonly string[]): boolean {
  let node: ConfigSchema | undefined = schema;
  for (const key of path) {
    if (node === undefined || node.type !== 'object') return true;
    const more: ConfigSchema['additionalProperties'] = node.additionalProperties;
    node = node.properties?.[key] ?? (typeof more === 'object' ? more : undefined);
    if (node === undefined) return more === true;
  }
  return true;
}
