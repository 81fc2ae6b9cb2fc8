import { ToolkitError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import { objectKey } from '../render/objects.ts';
import type { SettleResult } from '../render/settle.ts';

/** Groups whose objects only Crossplane can act upon: nested XRs, and what protects them from deletion. */
const LEFT_OUT = new Set([COMPOSE_API_VERSION.split('/')[0], 'protection.crossplane.io']);

/**
 * What an XR comes to compose, in the steps in which it can be applied without Crossplane: a step holds what appeared
 * in one round of `settle`, so a later step needs the earlier ones ready. Objects are as they stand in the end, without
 * what a cluster and Crossplane write into them.
 * @throws ToolkitError `compose` when the XR could not be rendered
 */
export function settledSteps(result: SettleResult, what: string): readonly (readonly JsonObject[])[] {
  refuseFailure(result, what);
  const left = new Map(result.objects.map((object) => [objectKey(object), object]));
  const steps: JsonObject[][] = [];
  let namespaces: JsonObject[] = [];
  for (const round of result.rounds) {
    const step: JsonObject[] = [];
    for (const { what: change, object } of round.changes) {
      const key = objectKey(object);
      const now = left.get(key);
      if (change !== 'created' || now === undefined || isLeftOut(object)) continue;
      left.delete(key);
      step.push(plainObject(now));
    }
    if (step.length === 0) continue;
    // One Kustomization creates namespaces first by itself: a step of their own would only cost a reconcile.
    if (step.every((object) => object.kind === 'Namespace')) namespaces.push(...step);
    else {
      steps.push([...namespaces, ...step]);
      namespaces = [];
    }
  }
  if (namespaces.length > 0) steps.push(namespaces);
  return steps;
}

function refuseFailure(result: SettleResult, what: string): void {
  for (const { composite, failure } of result.reconciles.values()) {
    if (failure === undefined) continue;
    throw new ToolkitError('compose', `Cannot render ${what}: ${failure.message}`, {
      place: `${String(composite.kind)}/${String((composite.metadata as JsonObject | undefined)?.name)}`,
    });
  }
}

function isLeftOut(object: JsonObject): boolean {
  const apiVersion = String(object.apiVersion);
  return apiVersion.includes('/') && LEFT_OUT.has(apiVersion.slice(0, apiVersion.indexOf('/')));
}

const WRITTEN_BY_CLUSTER = new Set([
  'ownerReferences',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'generateName',
]);

/** An object as a person would write it. */
export function plainObject(object: JsonObject): JsonObject {
  const { status: _, metadata, ...rest } = object;
  const { apiVersion, kind, ...body } = rest;
  const kept: [string, Json][] = [];
  for (const [key, value] of Object.entries(isObject(metadata) ? metadata : {})) {
    if (WRITTEN_BY_CLUSTER.has(key)) continue;
    if (key !== 'labels' && key !== 'annotations') kept.push([key, value]);
    else {
      const own = withoutCrossplane(value);
      if (Object.keys(own).length > 0) kept.push([key, own]);
    }
  }
  return { apiVersion: apiVersion ?? '', kind: kind ?? '', metadata: Object.fromEntries(kept), ...body };
}

function withoutCrossplane(map: Json): JsonObject {
  if (!isObject(map)) return {};
  const own = Object.entries(map).filter(
    ([key, value]) =>
      !/^([a-z0-9.-]+\.)?crossplane\.io\//.test(key) &&
      !(key === 'app.kubernetes.io/managed-by' && value === 'crossplane'),
  );
  return Object.fromEntries(own);
}
