import { isObject, type JsonObject } from '../../internal/json.ts';
import { apiVersionOf, describe, kindOf, nameOf, objectAt } from '../../render/objects.ts';
import { about, composed, podOf, releasesOf, walk } from '../objects.ts';
import type { Found, LintInput, LintRule } from '../rule.ts';

const TOGGLE =
  /^(service_?monitors?|pod_?monitors?|metrics|prometheus(rules?)?|monitoring|tracing|hubble)(\.?(enabled|create))?$/i;

function isToggle(path: readonly string[]): boolean {
  const [last = ''] = path.slice(-1);
  return (
    TOGGLE.test(last) || /^(service|pod)monitorenabled$/i.test(last) || TOGGLE.test(path.slice(-2).join('.'))
  );
}

const isMonitor = (o: JsonObject): boolean => apiVersionOf(o).startsWith('monitoring.coreos.com/');

export const observabilityOff: LintRule = {
  id: 'observability-off',
  hard: 13,
  tag: 'static',
  severity: 'error',
  summary: 'every observability toggle is off by default, and works when it is on',
  why: 'A ServiceMonitor in a cluster without the operator is refused, and one refused object stalls the release.',
  fix: "Default the toggle to false, compose monitors only when it is true, and turn the chart's own default off.",
  example: {
    wrong: '"serviceMonitor": { "type": "boolean", "default": true }',
    right: '"serviceMonitor": { "type": "boolean", "default": false }',
  },
  *check(input) {
    yield* toggles(input);
    for (const rendering of input.renderings) {
      if (rendering.kind === 'default') yield* monitorsByDefault(rendering.objects);
    }
    yield* deadToggles(input);
  },
};

function* toggles({ blueprint }: LintInput): Generator<Found> {
  for (const { path, value } of walk(blueprint.config.json)) {
    const names = path.split('.').filter((p) => p !== 'properties');
    if (!isObject(value) || value.type !== 'boolean' || value.default !== true || !isToggle(names)) continue;
    yield {
      path: `$.${path}.default`,
      message: 'turns observability on by default',
      remedy: 'default it to false',
      at: { file: 'config.schema.json', pointer: `${path}.default` },
    };
  }
  for (const { path, value } of walk(blueprint.values)) {
    if (value === true && isToggle(path.split('.'))) {
      yield {
        path: `values.${path}`,
        message: 'turns observability on by default',
        remedy: 'leave it to the user',
      };
    }
  }
}

function* monitorsByDefault(objects: readonly JsonObject[]): Generator<Found> {
  for (const object of objects) {
    if (isMonitor(object))
      yield about(object, '', 'is composed by default', 'compose it only when its toggle is on');
  }
  for (const release of releasesOf(objects)) {
    for (const { path, value } of walk(objectAt(release, 'spec', 'values'))) {
      // `metrics` of a chart is an endpoint; what needs the operator's CRDs is a monitor or a rule.
      const at = path.split('.');
      if (value !== true || !isToggle(at) || !/monitor|rule/i.test(at.slice(-2).join('.'))) continue;
      yield about(
        release,
        `spec.values.${path}`,
        'turns a monitor of the chart on by default',
        'bind it to a toggle',
      );
    }
  }
}

/** A toggle that is called after a monitor must yield one when it is on. */
function* deadToggles(input: LintInput): Generator<Found> {
  const named = [...walk(input.blueprint.config.json)].filter(
    ({ key, value }) =>
      isObject(value) && value.type === 'boolean' && /(service|pod)monitor|prometheusrule/i.test(key),
  );
  if (named.length === 0) return;
  const yields = input.renderings.some(
    ({ objects }) => objects.some(isMonitor) || releasesOf(objects).some((r) => chartMonitor(r)),
  );
  if (yields) return;
  for (const { path } of named) {
    yield {
      path: `$.${path}`,
      message: 'no monitor is composed, whatever it says',
      at: { file: 'config.schema.json', pointer: path },
    };
  }
}

function chartMonitor(release: JsonObject): boolean {
  return [...walk(objectAt(release, 'spec', 'values'))].some(
    ({ path, value }) => value === true && /monitor|rule/i.test(path) && isToggle(path.split('.')),
  );
}

/** Does it run anything itself, or only compose other Blueprints? */
function runsSoftware(input: LintInput): boolean {
  if (input.blueprint.upstream !== undefined) return true;
  return [...composed(input)].some(([object]) => podOf(object) !== undefined);
}

function declared(
  id: string,
  hard: number,
  field: 'metrics' | 'logs' | 'traces',
  value: string,
  text: Pick<LintRule, 'summary' | 'why'>,
): LintRule {
  return {
    id,
    hard,
    tag: 'declared',
    severity: 'warning',
    ...text,
    fix: `State observability.${field}: '${value}' in defineBlueprint. Where the software cannot, say why in lint.json.`,
    example: { wrong: 'observability: {}', right: `observability: { ${field}: '${value}' }` },
    *check(input) {
      if (!runsSoftware(input)) return;
      if (input.blueprint.facts.observability?.[field] === undefined) {
        const message = `observability.${field} is not stated`;
        yield {
          path: `observability.${field}`,
          message,
          remedy: `state '${value}', or say in lint.json why not`,
        };
      }
    },
  };
}

const metrics: LintRule = declared('metrics', 6, 'metrics', 'prometheus', {
  summary: 'it offers /metrics, and says so',
  why: 'Dashboards, alerts and autoscaling read metrics. What is stated must be backed: some toggle yields a monitor.',
});

export const metricsDeclared: LintRule = {
  ...metrics,
  *check(input) {
    yield* metrics.check(input);
    if (input.blueprint.facts.observability?.metrics === undefined) return;
    const backed = input.renderings.some(({ objects }) =>
      objects.some(
        (o) => isMonitor(o) || valuesMention(o) || (kindOf(o) === 'Service' && nameOf(o).endsWith('metrics')),
      ),
    );
    if (backed) return;
    yield {
      path: 'observability.metrics',
      message: 'is stated, but no config yields a monitor or turns metrics on',
      remedy: 'compose a ServiceMonitor or PodMonitor under a toggle',
    };
  },
};

function valuesMention(object: JsonObject): boolean {
  if (kindOf(object) !== 'HelmRelease' || describe(object) === '') return false;
  return [...walk(objectAt(object, 'spec', 'values'))].some(
    ({ path, value }) => /metric|prometheus|monitor/i.test(path) && value !== false && !isObject(value),
  );
}

export const logsDeclared: LintRule = declared('logs', 7, 'logs', 'stdout', {
  summary: 'it logs structured JSON to stdout, and says so',
  why: 'Logs are collected from stdout, and found by their fields.',
});

export const tracesDeclared: LintRule = declared('traces', 8, 'traces', 'otlp', {
  summary: 'it emits OpenTelemetry traces, and says so',
  why: 'A request that crosses Blueprints is followed by its trace.',
});
