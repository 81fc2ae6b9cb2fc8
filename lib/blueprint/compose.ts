import { ApiObject } from 'cdk8s';
import { formatIssues, isToolkitError, ToolkitError } from '../errors.ts';
import type {
  ComposeFunction,
  DesiredResource,
  FunctionRequest,
  FunctionResponse,
} from '../function/protocol.ts';
import type { JsonObject } from '../internal/json.ts';
import { checkUpgrade } from '../model/versions.ts';
import { validateStructural } from '../schema/index.ts';
import type { Catalogue } from './catalogue.ts';
import { CLUSTER_REQUIREMENT, clusterFacts } from './cluster.ts';
import { type ResolvedConfig, resolveConfig } from './config.ts';
import type { AnyComposeContext, Blueprint } from './define.ts';
import {
  activeDependencies,
  dependencySelectors,
  type FoundDependency,
  findDependencies,
} from './dependencies.ts';
import { composedLabels } from './labels.ts';
import { type ActiveMember, composeMembers, memberHandles } from './members.ts';
import { ensureNamespace } from './namespace.ts';
import { observedState } from './observed.ts';
import { type OrderedObject, orderObjects } from './order.ts';
import { BlueprintScope } from './scope.ts';
import { blueprintConditions, type ComponentStatus, LEFT_OUT, phaseOf, statusSchema } from './status.ts';
import { refuseInvalid, synthesize } from './synth.ts';
import type { ComposeResult, OutputFields, PlacementMode } from './types.ts';
import { usagesFor } from './usages.ts';
import { readXr, type Xr } from './xr.ts';

export interface ComposeOptions {
  /** Every Blueprint that exists here; members and dependencies outside it are left out and reported. */
  readonly catalogue: Catalogue;
}

/** The composition function of a Blueprint: pure, request in, desired state out. */
export function composeFunction(blueprint: Blueprint, options: ComposeOptions): ComposeFunction {
  return (request) => composeRequest(blueprint, request, options.catalogue);
}

// Crossplane 2.3 does not watch required resources: a dependency that turns ready is seen only by asking again.
const WAITING_TTL_SECONDS = 15;

interface Composition {
  readonly request: FunctionRequest;
  readonly blueprint: Blueprint;
  readonly catalogue: Catalogue;
  readonly xr: Xr;
  readonly resolved: ResolvedConfig;
  readonly namespace: string;
}

function composeRequest(
  blueprint: Blueprint,
  request: FunctionRequest,
  catalogue: Catalogue,
): FunctionResponse {
  const view = request.observed.composite;
  if (view === undefined)
    throw new ToolkitError('invalid', `Cannot compose "${blueprint.name}": the request has no observed XR`);
  const xr = readXr(view);
  refuseUpgrade(blueprint, xr);
  const resolved = resolveConfig(blueprint, xr);
  const namespace = blueprint.scope === 'Namespaced' ? (xr.namespace ?? 'default') : blueprint.namespace;
  const composition: Composition = { request, blueprint, catalogue, xr, resolved, namespace };

  const active = activeDependencies(blueprint.depends, resolved.config, xr, namespace);
  const dependencies = findDependencies(active, xr, request, catalogue);
  const built = build(composition, dependencies);
  const blocked = dependencies.some((d) => d.available && !d.ready);
  const ordered = orderObjects(built.objects, request.observed, { blocked, dependencies });
  return respond(
    composition,
    built,
    dependencies,
    ordered,
    blocked,
    dependencySelectors(active, xr, catalogue),
  );
}

function refuseUpgrade(blueprint: Blueprint, xr: Xr): void {
  const installed = xr.status.installedVersion;
  if (installed === undefined) return;
  const verdict = checkUpgrade(installed, blueprint.version, blueprint.facts.upgrades);
  if (verdict.allowed) return;
  throw new ToolkitError(
    'conflict',
    `Cannot upgrade ${blueprint.kind} "${xr.name}" from ${installed} to ${blueprint.version}: ${verdict.reason}`,
  );
}

interface Built {
  readonly objects: ReturnType<typeof synthesize>;
  readonly members: readonly ActiveMember[];
  readonly result: ComposeResult<OutputFields, OutputFields>;
}

/** Runs the author's compose over a fresh scope. */
function build(c: Composition, dependencies: readonly FoundDependency[]): Built {
  const { blueprint, request, xr, resolved, namespace } = c;
  const cluster = clusterFacts(request.requiredResources.get(CLUSTER_REQUIREMENT)?.[0]?.get('data'));
  const scope = new BlueprintScope({
    application: xr.name,
    namespace,
    cluster,
    labels: composedLabels(blueprint, xr),
  });
  const observed = observedState(request.observed);
  const { config, size, placement } = resolved;
  const memberContext = { scope, namespace, size, placement, observed, catalogue: c.catalogue };
  const members = memberHandles(activeDependencies(blueprint.members, config, xr, namespace), memberContext);
  const context: AnyComposeContext = {
    scope,
    application: { name: xr.name, namespace, labels: xr.labels },
    config,
    size,
    // resolveConfig has checked the mode against the declared ones.
    placement: { mode: placement.mode as PlacementMode, regions: placement.regions },
    upstream: blueprint.upstream,
    dependencies: handles(dependencies.map((d) => [d.spec.alias, d])),
    members: handles(members.map((m) => [m.spec.alias, m.handle])),
    cluster,
    observed,
  };
  const result = runAuthor(blueprint, context);
  composeMembers(members, memberContext);
  if (blueprint.scope === 'Cluster' && blueprint.createNamespace)
    ensureNamespace(scope, blueprint.namespace, c.catalogue);
  refuseInvalid(scope);
  const constructs = scope.node.findAll().filter((n): n is ApiObject => ApiObject.isApiObject(n));
  const objects = synthesize(constructs, c.catalogue, { namespaced: blueprint.scope === 'Namespaced' });
  return { objects, members, result };
}

/** Conditional ones that do not apply are simply not there: `undefined`, as their type says. */
function handles<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}

function runAuthor(
  blueprint: Blueprint,
  context: AnyComposeContext,
): ComposeResult<OutputFields, OutputFields> {
  try {
    return blueprint.compose(context) ?? {};
  } catch (cause) {
    if (isToolkitError(cause)) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkitError('compose', `Cannot compose "${blueprint.name}": ${message}`, { cause });
  }
}

function respond(
  c: Composition,
  built: Built,
  dependencies: readonly FoundDependency[],
  ordered: readonly OrderedObject[],
  blocked: boolean,
  selectors: NonNullable<NonNullable<FunctionResponse['requirements']>['resources']>,
): FunctionResponse {
  const resources = new Map<string, DesiredResource>();
  for (const o of ordered) {
    if (!o.withheld)
      resources.set(o.object.name, {
        object: o.object.manifest,
        ready: o.readiness.ready ? 'true' : 'false',
      });
  }
  const existing = new Set(ordered.filter((o) => o.observed).map((o) => o.object));
  const pairs = ordered.flatMap((o) => o.dependencies.map((d) => [o.object, d] as const));
  const usages = usagesFor(pairs.filter(([a, b]) => existing.has(a) && existing.has(b)));
  for (const [name, usage] of usages) resources.set(name, usage);

  const allReady = !blocked && ordered.every((o) => o.readiness.ready);
  const phase = phaseOf({
    before: c.xr.status.phase,
    blocked,
    allReady,
    anyUnready: ordered.some((o) => o.observed && !o.readiness.ready),
    anyComposed: resources.size > 0,
  });
  return {
    ttlSeconds: blocked ? Math.min(c.blueprint.ttlSeconds, WAITING_TTL_SECONDS) : c.blueprint.ttlSeconds,
    resources,
    // A withheld object is not in the desired state, so Crossplane could not know that it is still missing.
    composite: {
      status: checkedStatus(c, built, components(ordered, built.members), phase),
      ready: allReady ? 'true' : 'false',
    },
    conditions: blueprintConditions(dependencies, built.members),
    requirements: { resources: selectors },
  };
}

function components(
  ordered: readonly OrderedObject[],
  members: readonly ActiveMember[],
): readonly ComponentStatus[] {
  const composed = ordered.map((o) => ({
    name: o.object.name,
    kind: o.object.construct.kind,
    ready: o.readiness.ready,
    ...(o.readiness.ready ? {} : { message: o.readiness.message }),
  }));
  const left = members.filter((m) => m.entry === undefined);
  return [
    ...composed,
    ...left.map((m) => ({ name: m.spec.alias, kind: m.spec.blueprint, ready: false, message: LEFT_OUT })),
  ];
}

/** An undeclared status field would fail the whole reconcile after the objects were applied: refuse it here. */
function checkedStatus(
  c: Composition,
  built: Built,
  list: readonly ComponentStatus[],
  phase: string,
): JsonObject {
  const bundle = c.request.input?.bundle;
  const digest =
    typeof bundle === 'object' && bundle !== null && 'digest' in bundle ? bundle.digest : undefined;
  const given = {
    ...(built.result.status as JsonObject | undefined),
    outputs: (built.result.outputs ?? {}) as JsonObject,
  };
  const status = {
    ...given,
    phase,
    installed: { version: c.blueprint.version, ...(typeof digest === 'string' ? { bundle: digest } : {}) },
    components: list as readonly (ComponentStatus & JsonObject)[],
  };
  // What we write ourselves is right by construction, but for a member that is left out: an object may have its name.
  const judged = built.members.some((m) => m.entry === undefined) ? status : given;
  const issues = validateStructural(statusSchema(c.blueprint), judged, { path: 'status' });
  if (issues.length === 0) return status;
  throw new ToolkitError(
    'compose',
    `Cannot answer for "${c.blueprint.name}": its status breaks the XRD\n${formatIssues(issues)}`,
    {
      remedy: 'declare the field under outputs or status in defineBlueprint',
    },
  );
}
