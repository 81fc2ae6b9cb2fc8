import { isObject, type JsonObject } from '../internal/json.ts';
import {
  annotationOf,
  describe,
  kindOf,
  listAt,
  nameOf,
  objectAt,
  RESOURCE_NAME_ANNOTATION,
} from '../render/objects.ts';
import type { Found, Place } from './rule.ts';

/** Every composed object with the rendering it stands in. */
export function* composed<R extends { readonly objects: readonly JsonObject[] }>(input: {
  readonly renderings: readonly R[];
}): Generator<readonly [JsonObject, R]> {
  for (const rendering of input.renderings) {
    for (const object of rendering.objects) yield [object, rendering];
  }
}

/** A finding about a composed object; it stands where its construct is made. */
export function about(object: JsonObject, path: string, message: string, remedy?: string): Found {
  return {
    path: path === '' ? describe(object) : `${describe(object)} ${path}`,
    message,
    at: placeOf(object, path),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function placeOf(object: JsonObject, field: string): Place {
  const construct = annotationOf(object, RESOURCE_NAME_ANNOTATION);
  return { file: 'blueprint.ts', object, field, ...(construct === '' ? {} : { construct }) };
}

/** The pod that an object of a core kind makes, and the path to it. */
export interface PodSpec {
  readonly path: string;
  readonly spec: JsonObject;
  readonly labels: JsonObject;
}

const TEMPLATES: ReadonlyMap<string, readonly string[]> = new Map([
  ['Pod', []],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'].map(
    (kind) => [kind, ['spec', 'template']] as [string, string[]],
  ),
]);

export function podOf(object: JsonObject): PodSpec | undefined {
  const template = TEMPLATES.get(kindOf(object));
  if (template === undefined) return undefined;
  return {
    path: [...template, 'spec'].join('.'),
    spec: objectAt(object, ...template, 'spec'),
    labels: objectAt(object, ...template, 'metadata', 'labels'),
  };
}

/** A container of a pod with its path. */
export function containersOf(pod: PodSpec): readonly (readonly [string, JsonObject])[] {
  return ['initContainers', 'containers'].flatMap((list) =>
    listAt(pod.spec, list).map((c, i) => [`${pod.path}.${list}[${i}]`, c] as const),
  );
}

/** A value somewhere in an object: its key, the object that holds it, and the path. */
export interface Leaf {
  readonly path: string;
  readonly key: string;
  readonly value: unknown;
  readonly parent: JsonObject;
}

/** Every value below an object, objects and lists included. */
export function* walk(value: unknown, path = ''): Generator<Leaf> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* walk(item, `${path}[${i}]`);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    yield { path: at, key, value: item, parent: value };
    yield* walk(item, at);
  }
}

/** The HelmReleases among objects, by the names that what they install begins with. */
export function releasesOf(objects: readonly JsonObject[]): readonly JsonObject[] {
  return objects.filter((o) => kindOf(o) === 'HelmRelease');
}

/** What the objects of a release are called after. */
export function releaseNames(release: JsonObject): readonly string[] {
  const spec = objectAt(release, 'spec');
  const values = objectAt(spec, 'values');
  return [spec.releaseName, values.fullnameOverride, nameOf(release)].filter(
    (n): n is string => typeof n === 'string' && n !== '',
  );
}
