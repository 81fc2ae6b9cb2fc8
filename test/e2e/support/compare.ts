import { equalJson, isObject, type Json, type JsonObject } from '../../../lib/internal/json.ts';
import { annotationOf, listAt, objectAt, textAt } from './objects.ts';

const COMPOSED_MANAGER = 'apiextensions.crossplane.io/composed/';
const RESOURCE_NAME = 'crossplane.io/composition-resource-name';

/**
 * How a composed object of the cluster differs from the one that was predicted: another name, owner, label or value, a
 * predicted field that is missing, a field that Crossplane owns and that nobody predicted.
 */
export function differences(predicted: JsonObject, live: JsonObject): readonly string[] {
  const out: string[] = [];
  for (const path of [['apiVersion'], ['kind'], ['metadata', 'name'], ['metadata', 'namespace']]) {
    const [want, have] = [textAt(predicted, ...path), textAt(live, ...path)];
    if (want !== have) out.push(`${path.join('.')}: predicted "${want}", is "${have}"`);
  }
  if (annotationOf(predicted, RESOURCE_NAME) !== annotationOf(live, RESOURCE_NAME))
    out.push('another composition resource name');
  const owners = (o: JsonObject): readonly JsonObject[] => listAt(o, 'metadata', 'ownerReferences');
  if (!equalJson(owners(predicted), owners(live))) {
    out.push(`owners: predicted ${JSON.stringify(owners(predicted))}, are ${JSON.stringify(owners(live))}`);
  }
  missing(predicted, live, '', out);
  const owned = listAt(live, 'metadata', 'managedFields').filter((f) =>
    textAt(f, 'manager').startsWith(COMPOSED_MANAGER),
  );
  if (owned.length !== 1) out.push(`applied by ${owned.length} managers of Crossplane`);
  for (const entry of owned) unforeseen(objectAt(entry, 'fieldsV1'), predicted, '', out);
  return out;
}

/** Predicted values that the live object does not have. Lists keep their order; the apiserver adds defaults only. */
function missing(want: Json, have: Json | undefined, at: string, out: string[]): void {
  if (isObject(want) && isObject(have)) {
    for (const [key, value] of Object.entries(want)) missing(value, have[key], `${at}.${key}`, out);
  } else if (Array.isArray(want) && Array.isArray(have) && want.length === have.length) {
    for (const [i, value] of want.entries()) missing(value as Json, have[i] as Json, `${at}[${i}]`, out);
  } else if (!equalJson(want, have)) {
    out.push(`${at}: predicted ${JSON.stringify(want)}, is ${JSON.stringify(have)}`);
  }
}

/** Fields of a managedFields entry that the predicted object has not. */
function unforeseen(fields: JsonObject, want: Json | undefined, at: string, out: string[]): void {
  for (const [key, below] of Object.entries(fields)) {
    if (key === '.') continue;
    const [kind, rest] = [key.slice(0, 2), key.slice(2)];
    const found = kind === 'f:' ? (isObject(want) ? want[rest] : undefined) : itemOf(want, kind, rest);
    const path = `${at}.${rest}`;
    if (found === undefined) out.push(`${path}: was not predicted`);
    else if (isObject(below)) unforeseen(below, found, path, out);
  }
}

function itemOf(list: Json | undefined, kind: string, text: string): Json | undefined {
  if (!Array.isArray(list)) return undefined;
  const wanted: unknown = JSON.parse(text);
  if (kind === 'v:') return (list as readonly Json[]).find((item) => equalJson(item, wanted));
  // A key that the item leaves out has the apiserver's default.
  return (list as readonly Json[]).find(
    (item) =>
      isObject(item) &&
      isObject(wanted) &&
      Object.entries(wanted).every(([k, v]) => !Object.hasOwn(item, k) || equalJson(item[k], v)),
  );
}
