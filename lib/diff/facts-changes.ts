import semver from 'semver';
import type { JsonObject } from '../internal/json.ts';
import type { Area, Bump, Change } from './change.ts';
import { defaultChanges, effectiveAt } from './default-changes.ts';
import type { BlueprintFacts } from './facts.ts';
import { schemaChanges } from './schema-changes.ts';

/** What the declarations of two versions tell: the XRD, config, sizes, placement, dependencies and outputs. */
export function factsChanges(before: BlueprintFacts, after: BlueprintFacts): readonly Change[] {
  const config = schemaChanges(before.config, after.config, 'spec.config');
  return [
    ...identity(before, after),
    ...config.map((c) => (c.what === 'required-added' && isSupplied(after, c.path) ? supplied(c) : c)),
    ...defaultChanges(before, after),
    ...sizes(before, after),
    ...placement(before, after),
    ...dependencies(before, after),
    ...fields('outputs', before.outputs, after.outputs),
    ...fields('status', before.status, after.status),
  ];
}

/** What the Blueprint or every one of its sizes says, a user need not. */
function isSupplied(after: BlueprintFacts, path: string): boolean {
  const keys = path.split('.').slice(2);
  return [...after.sizes.keys()].every((size) => effectiveAt(after, size, keys) !== undefined);
}

function supplied(c: Change): Change {
  return {
    ...c,
    what: 'field-added',
    bump: 'minor',
    message: 'is new, required, and supplied by every size',
  };
}

function change(what: string, bump: Bump, path: string, message: string, area: Area = 'api'): Change {
  return { area, what, bump, path, message };
}

function identity(before: BlueprintFacts, after: BlueprintFacts): Change[] {
  const out: Change[] = [];
  for (const key of ['kind', 'plural', 'scope'] as const) {
    if (before[key] === after[key]) continue;
    out.push({
      area: 'data',
      what: `${key}-changed`,
      bump: 'major',
      path: `XRD ${key}`,
      message: `is ${after[key]} and was ${before[key]}: every XR must be made anew, and what it composed goes with it`,
    });
  }
  return out;
}

function sizes(before: BlueprintFacts, after: BlueprintFacts): Change[] {
  const [old, now] = [[...before.sizes.keys()], [...after.sizes.keys()]];
  const out = [
    ...old
      .filter((s) => !after.sizes.has(s))
      .map((s) => change('size-removed', 'major', 'spec.size', `there is no size ${s} any more`)),
    ...now
      .filter((s) => !before.sizes.has(s))
      .map((s) => change('size-added', 'minor', 'spec.size', `there is a size ${s}`)),
  ];
  const [a, b] = [before.defaultSize, after.defaultSize];
  if (a !== undefined && b !== undefined && a !== b) {
    out.push(change('default-changed', 'major', 'spec.size', `without one it is ${b}, and was ${a}`));
  }
  return out;
}

function placement({ placement: a }: BlueprintFacts, { placement: b }: BlueprintFacts): Change[] {
  const at = 'spec.placement';
  const out = [
    ...a.modes
      .filter((m) => !b.modes.includes(m))
      .map((m) => change('mode-removed', 'major', `${at}.mode`, `${m} is no longer possible`)),
    ...b.modes
      .filter((m) => !a.modes.includes(m))
      .map((m) => change('mode-added', 'minor', `${at}.mode`, `${m} is possible`)),
  ];
  if (a.default !== undefined && b.default !== undefined && a.default !== b.default) {
    out.push(
      change(
        'default-changed',
        'major',
        `${at}.mode`,
        `without one it is ${b.default}, and was ${a.default}`,
      ),
    );
  }
  const regions = (key: 'minRegions' | 'maxRegions', narrower: boolean): void => {
    if (a[key] === b[key]) return;
    const message = `${key} is ${b[key]} and was ${a[key]}`;
    out.push(
      change(
        narrower ? 'bound-narrowed' : 'bound-widened',
        narrower ? 'major' : 'minor',
        `${at}.regions`,
        message,
      ),
    );
  };
  regions('minRegions', b.minRegions > a.minRegions);
  regions('maxRegions', b.maxRegions < a.maxRegions);
  return out;
}

function dependencies(before: BlueprintFacts, after: BlueprintFacts): Change[] {
  const out: Change[] = [];
  const old = new Map(before.depends.map((d) => [d.alias, d]));
  const now = new Map(after.depends.map((d) => [d.alias, d]));
  for (const d of after.depends) {
    const was = old.get(d.alias);
    const at = `depends.${d.alias}`;
    if (was === undefined) {
      const message = `builds on ${d.blueprint} ${d.version}${d.conditional ? ' under some configs' : ': nothing is composed before it is there'}`;
      out.push(change('dependency-added', d.conditional ? 'minor' : 'major', at, message));
    } else out.push(...rangeChange(was.version, d.version, at, d.blueprint));
    if (was !== undefined && was.blueprint !== d.blueprint) {
      out.push(change('dependency-changed', 'major', at, `is ${d.blueprint} and was ${was.blueprint}`));
    }
    if (was?.conditional && !d.conditional)
      out.push(change('dependency-added', 'major', at, `${d.blueprint} is always needed`));
  }
  for (const d of before.depends) {
    if (now.has(d.alias)) continue;
    // An XR that chose one has a field that is no longer there.
    out.push(
      change(
        'field-removed',
        'major',
        `spec.dependencies.${d.alias}`,
        `is gone: it no longer builds on ${d.blueprint}`,
      ),
    );
  }
  return out;
}

function rangeChange(old: string, now: string, at: string, name: string): Change[] {
  if (old === now) return [];
  const message = `${name} ${now} is needed, and ${old} was`;
  if (!semver.intersects(old, now)) return [change('dependency-range', 'major', at, message)];
  return [change('dependency-range', semver.subset(old, now) ? 'patch' : 'minor', at, message)];
}

function fields(
  root: string,
  before: ReadonlyMap<string, JsonObject>,
  after: ReadonlyMap<string, JsonObject>,
): Change[] {
  const out: Change[] = [];
  const path = (name: string): string => `status.${root === 'status' ? '' : `${root}.`}${name}`;
  for (const [name, schema] of before) {
    const next = after.get(name);
    if (next === undefined) out.push(change('output-removed', 'major', path(name), 'is gone', 'outputs'));
    else if (next.type !== schema.type && next.type !== undefined && schema.type !== undefined) {
      out.push(
        change(
          'output-changed',
          'major',
          path(name),
          `is ${String(next.type)} and was ${String(schema.type)}`,
          'outputs',
        ),
      );
    }
  }
  for (const name of after.keys()) {
    if (!before.has(name)) out.push(change('output-added', 'minor', path(name), 'is new', 'outputs'));
  }
  return out;
}
