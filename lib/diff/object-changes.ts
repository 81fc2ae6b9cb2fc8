import { equalJson, type JsonObject } from '../internal/json.ts';
import { apiVersionOf, kindOf, nameOf, namespaceOf, objectKey } from '../render/objects.ts';
import { changedPaths } from '../render/paths.ts';
import type { Change } from './change.ts';
import { type Composed, groupKind, label } from './composed.ts';
import { heldBy } from './data-kinds.ts';
import { unguarded, widened } from './exposure.ts';
import { immutableFields } from './immutable-fields.ts';
import { softwareChanges } from './software.ts';

const MAX_PATHS = 6; // in one sentence

/** What becomes of the objects of one XR when its Blueprint is upgraded. */
export function objectChanges(before: Composed, after: Composed): readonly Change[] {
  const out: Change[] = [];
  const homes = new Map([...after].map(([name, object]) => [objectKey(object), name]));
  for (const [name, object] of before) {
    const next = after.get(name);
    if (next === undefined) out.push(...gone(name, object, homes.get(objectKey(object))));
    else out.push(...kept(name, object, next));
  }
  const known = new Set([...before.values()].map(objectKey));
  for (const [name, object] of after) {
    if (before.has(name)) continue;
    if (!known.has(objectKey(object))) {
      const message = `is composed as well, as "${name}"`;
      out.push({ area: 'objects', what: 'resource-added', bump: 'minor', path: label(object), message });
    }
    for (const message of widened(undefined, object)) out.push(exposed(object, message));
  }
  return out;
}

function exposed(object: JsonObject, message: string): Change {
  return { area: 'exposure', what: 'exposure-widened', bump: 'minor', path: label(object), message };
}

/** The name in the Composition is what Crossplane knows an object by: under another one it is another object. */
function gone(name: string, object: JsonObject, home: string | undefined): readonly Change[] {
  const held = heldBy(object);
  const open = unguarded(object);
  const with_ = held === undefined ? '' : `, and with it ${held}`;
  const change: Change =
    home === undefined
      ? {
          area: held === undefined ? 'objects' : 'data',
          what: 'resource-deleted',
          bump: 'major',
          path: label(object),
          message: `is deleted${with_}`,
        }
      : {
          area: held === undefined ? 'objects' : 'data',
          what: 'resource-renamed',
          bump: 'major',
          path: label(object),
          message: `is deleted and made anew${with_}: it is composed as "${home}" and was composed as "${name}"`,
          remedy: 'keep the id of the construct',
        };
  return open === undefined ? [change] : [change, ...(home === undefined ? [exposed(object, open)] : [])];
}

function kept(name: string, before: JsonObject, after: JsonObject): readonly Change[] {
  if (equalJson(before, after)) return [];
  if (groupKind(before) !== groupKind(after))
    return [replaced(before, `becomes ${label(after)} of another kind`, name)];
  if (nameOf(before) !== nameOf(after) || namespaceOf(before) !== namespaceOf(after)) {
    return [replaced(before, `becomes ${place(after)} and was ${place(before)}`, name)];
  }
  const touched = immutableFields(before, after);
  const out = touched.map((field): Change => {
    const lost = field.loses === undefined ? '' : `: ${field.loses}`;
    const how = field.outcome === 'refused' ? 'cannot be changed in place' : 'changes';
    return {
      area: field.loses === undefined ? 'immutable' : 'data',
      what: 'immutable-changed',
      bump: 'major',
      path: label(before),
      message: `${field.path} ${how}${lost}`,
      remedy:
        field.outcome === 'refused'
          ? 'the upgrade would be refused for ever: compose it under another id'
          : 'keep it as it was',
    };
  });
  for (const message of widened(before, after)) out.push(exposed(after, message));
  const software = softwareChanges(before, after);
  for (const { message } of software) {
    out.push({ area: 'images', what: 'software-changed', bump: 'patch', path: label(after), message });
  }
  const told = new Set([...touched.map((t) => t.path), ...software.map((s) => s.path)]);
  return [...out, ...otherwise(before, after, told)];
}

function otherwise(before: JsonObject, after: JsonObject, told: ReadonlySet<string>): readonly Change[] {
  const paths = changedPaths(before, after).filter(
    (path) => ![...told].some((t) => path === t || path.startsWith(`${t}.`)),
  );
  if (paths.length === 0) return [];
  const more = paths.length > MAX_PATHS ? ` and ${paths.length - MAX_PATHS} more` : '';
  const message = `changes ${paths.slice(0, MAX_PATHS).join(', ')}${more}`;
  return [{ area: 'other', what: 'fields-changed', bump: 'patch', path: label(after), message }];
}

const place = (o: JsonObject): string =>
  `${kindOf(o)} ${namespaceOf(o) === '' ? '' : `${namespaceOf(o)}/`}${nameOf(o)} (${apiVersionOf(o)})`;

function replaced(before: JsonObject, message: string, name: string): Change {
  const held = heldBy(before);
  return {
    area: held === undefined ? 'objects' : 'data',
    what: 'resource-replaced',
    bump: 'major',
    path: label(before),
    message: `${message}${held === undefined ? '' : `; what it held stays behind or is lost: ${held}`}`,
    remedy: `what is composed as "${name}" keeps its kind, name and namespace; give another object another id`,
  };
}
