import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { COMPOSITE_LABEL, describe, listAt, objectAt, RESOURCE_NAME_ANNOTATION } from './objects.ts';
import { dependencyOrder } from './order.ts';
import { type OutputOptions, renderedObjects } from './output.ts';
import type { RenderResult } from './result.ts';
import { type Paint, PLAIN } from './summary.ts';

/**
 * The rendered objects for a person: the XR, then what it composes in the order in which it depends on each other, each
 * under its name in the Composition. What Crossplane writes into every object, and labels that all of them have, are
 * folded into one line. `renderYaml` prints everything.
 */
export function formatObjects(
  result: RenderResult,
  options: OutputOptions = {},
  paint: Paint = PLAIN,
): string {
  const [xr, ...printed] = renderedObjects(result, options);
  const rows = dependencyOrder(
    result.composed.map(({ name }, i) => ({ name, object: printed[i] ?? {} })),
    (row) => row.object,
  );
  const shared = sharedLabels(rows.map((row) => row.object));
  const lines: string[] = [];
  const show = (title: string, object: JsonObject): void => {
    lines.push(`${paint.dim('---')}\n${paint.bold(`# ${title}`)}\n${formatYaml(object)}`);
  };
  show(describe(result.composite), foldXr(xr ?? {}));
  for (const { name, object } of rows) show(`${describe(object)} — ${name}`, fold(object, shared));
  // Results and the context are not of the cluster.
  for (const object of printed.slice(rows.length)) show(describe(object).trim(), object);
  const labels = [...shared].map(([key, value]) => `${key}: ${value}`);
  const folded = [...(labels.length === 0 ? [] : [`labels ${labels.join(', ')}`]), 'owner references'];
  if (rows.length > 0)
    lines.push(
      paint.dim(`# folded, in all that is composed: ${folded.join('; ')} (-o yaml prints everything)`),
      '\n',
    );
  return lines.join('');
}

/** Labels that all objects have with one value. Of one object alone they are its own, but for Crossplane's. */
function sharedLabels(objects: readonly JsonObject[]): ReadonlyMap<string, string> {
  const [first, ...others] = objects.map((o) => objectAt(o, 'metadata', 'labels'));
  return new Map(
    Object.entries(first ?? {}).flatMap(([key, value]) =>
      typeof value === 'string' && others.every((labels) => labels[key] === value) ? [[key, value]] : [],
    ),
  );
}

function fold(object: JsonObject, shared: ReadonlyMap<string, string>): JsonObject {
  const { ownerReferences: _, ...metadata } = objectAt(object, 'metadata');
  const labels = Object.entries(objectAt(metadata, 'labels')).filter(
    ([key, value]) => key !== COMPOSITE_LABEL && shared.get(key) !== value,
  );
  const annotations = Object.entries(objectAt(metadata, 'annotations')).filter(
    ([key]) => key !== RESOURCE_NAME_ANNOTATION,
  );
  return { ...object, metadata: withMaps(metadata, { labels, annotations }) };
}

/** Empty ones are left out. */
function withMaps(
  metadata: JsonObject,
  maps: Readonly<Record<string, readonly (readonly [string, Json])[]>>,
): JsonObject {
  const kept = Object.entries(metadata).flatMap(([key, value]): [string, Json][] => {
    const map = maps[key];
    if (map === undefined) return [[key, value]];
    return map.length === 0 ? [] : [[key, Object.fromEntries(map)]];
  });
  return Object.fromEntries(kept);
}

/** References to what stands below are Crossplane's, and the times of conditions are no times. */
function foldXr(xr: JsonObject): JsonObject {
  const { spec, status, ...rest } = xr;
  const { crossplane, ...own } = isObject(spec) ? spec : {};
  const { resourceRefs: _, ...kept } = isObject(crossplane) ? crossplane : {};
  const left = { ...own, ...(Object.keys(kept).length > 0 && { crossplane: kept }) };
  return {
    ...rest,
    ...(Object.keys(left).length > 0 && { spec: left }),
    ...(isObject(status) && { status: foldStatus(status) }),
  };
}

function foldStatus(status: JsonObject): JsonObject {
  const conditions = listAt(status, 'conditions').map(({ lastTransitionTime: _, ...condition }) => condition);
  return conditions.length === 0 ? status : { ...status, conditions };
}
