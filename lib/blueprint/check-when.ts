import type { Issue } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import type { Predicate } from '../model/predicate.ts';

/**
 * Why a `when` could never hold: it looks at a field that the config does not have, or compares with a value that the
 * field cannot take. In JavaScript nothing else would say so, and the dependency would silently never exist.
 */
export function whenProblem(predicate: Predicate, config: JsonObject): string | undefined {
  const [root, ...path] = predicate.subject;
  if (root !== 'config') return undefined;
  let at: JsonObject = config;
  for (const [i, key] of path.entries()) {
    // What stands behind a reference or an alternative is left to the type checker.
    if (!isObject(at.properties) || at.$ref !== undefined) return undefined;
    const next: Json | undefined = Object.hasOwn(at.properties, key) ? at.properties[key] : undefined;
    if (!isObject(next)) {
      const where = ['config', ...path.slice(0, i)].join('.');
      return `"${where}" has no field "${key}" (it has ${Object.keys(at.properties).slice(0, 20).join(', ')})`;
    }
    at = next;
  }
  const choices = at.enum;
  if (Array.isArray(choices) && !choices.includes(predicate.value)) {
    return `"${predicate.subject.join('.')}" is never "${predicate.value}" (it is one of ${choices.join(', ')})`;
  }
  const type = at.type === 'integer' ? 'number' : at.type;
  if (
    typeof type === 'string' &&
    ['string', 'number', 'boolean'].includes(type) &&
    typeof predicate.value !== type
  ) {
    return `"${predicate.subject.join('.')}" is a ${String(at.type)}, not a ${typeof predicate.value}`;
  }
  return undefined;
}

/** The problems of all conditions of a Blueprint, by path. */
export function whenIssues(
  edges: Readonly<
    Record<'depends' | 'members', readonly { readonly alias: string; readonly when: Predicate | undefined }[]>
  >,
  config: JsonObject,
): readonly Issue[] {
  return (['depends', 'members'] as const).flatMap((list) =>
    edges[list].flatMap(({ alias, when }) => {
      const message = when === undefined ? undefined : whenProblem(when, config);
      return message === undefined ? [] : [{ path: `${list}.${alias}.when`, message }];
    }),
  );
}
