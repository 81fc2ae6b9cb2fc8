import { type Issue, isToolkitError } from '../errors.ts';
import { blueprintNameProblem } from '../model/names.ts';
import { buildPredicate, type PredicateBuilder } from '../model/predicate.ts';
import { rangeProblem, versionProblem } from '../model/versions.ts';

/** `llmGateway` → `llm-gateway`: the Blueprint that an alias means, and the path of a member. */
export function aliasToName(alias: string): string {
  return alias.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

/** An edge as far as it can be judged without running anything. */
interface CheckedEdge {
  readonly blueprint?: string;
  readonly version: string;
  readonly when?: unknown;
  readonly after?: readonly string[];
}
type CheckedEdges = Readonly<Record<string, CheckedEdge>>;

/** What of a definition can be judged without running anything. */
export interface CheckedDefinition {
  readonly name: string;
  readonly version: string;
  readonly kind?: string;
  readonly plural?: string;
  readonly namespace?: string;
  readonly ttlSeconds?: number;
  readonly sizes: object;
  readonly placement: {
    readonly modes: readonly string[];
    readonly default: string;
    readonly minRegions?: number;
    readonly maxRegions?: number;
  };
  readonly depends?: CheckedEdges;
  readonly members?: CheckedEdges;
  readonly upgrades?: { readonly from?: readonly string[]; readonly blocks?: readonly string[] };
  readonly rotation?: readonly { readonly ttl: string }[];
  readonly status?: object;
}

type Add = (path: string, message: string | undefined) => void;

const MIN_TTL_SECONDS = 10;
/** Most regions that one installation may span. */
export const MAX_REGIONS = 5;
// Ours, and the one that Crossplane keeps; an author's field of the same name would overwrite it.
const RESERVED_STATUS: ReadonlySet<string> = new Set([
  'phase',
  'outputs',
  'installed',
  'components',
  'conditions',
]);

/** Every static fault of a definition, each with its path. */
export function checkDefinition(d: CheckedDefinition): Issue[] {
  const issues: Issue[] = [];
  const add: Add = (path, message) => {
    if (message !== undefined) issues.push({ path, message });
  };
  checkIdentity(d, add);
  if (Object.keys(d.sizes).length === 0) add('sizes', 'must declare at least one size');
  for (const size of Object.keys(d.sizes))
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(size)) add(`sizes.${size}`, 'must be a lower-case name');
  checkPlacement(d.placement, add);
  checkEdges('depends', d.name, d.depends ?? {}, add);
  checkEdges('members', d.name, d.members ?? {}, add);
  checkMemberPaths(d.members ?? {}, add);
  for (const list of ['from', 'blocks'] as const)
    for (const [i, range] of (d.upgrades?.[list] ?? []).entries())
      add(`upgrades.${list}[${i}]`, rangeProblem(range));
  for (const [i, rule] of (d.rotation ?? []).entries())
    if (!/^[0-9]+(s|m|h|d)$/.test(rule.ttl))
      add(`rotation[${i}].ttl`, 'must be a duration such as 1h or 90d');
  for (const field of Object.keys(d.status ?? {}))
    if (RESERVED_STATUS.has(field)) add(`status.${field}`, 'is a field that every XR has: take another name');
  return issues;
}

function checkIdentity(d: CheckedDefinition, add: Add): void {
  add('name', blueprintNameProblem(d.name));
  add('version', versionProblem(d.version));
  if (d.kind !== undefined && !/^[A-Z][A-Za-z0-9]{0,62}$/.test(d.kind)) add('kind', 'must be PascalCase');
  if (d.plural !== undefined && !/^[a-z][a-z0-9]{0,62}$/.test(d.plural)) add('plural', 'must be lower case');
  if (d.namespace !== undefined && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(d.namespace))
    add('namespace', 'must be a DNS label');
  if (d.ttlSeconds !== undefined && !(d.ttlSeconds >= MIN_TTL_SECONDS && d.ttlSeconds < Infinity))
    add('ttlSeconds', `must be ${MIN_TTL_SECONDS} or more`);
}

function checkPlacement(p: CheckedDefinition['placement'], add: Add): void {
  if (p.modes.length === 0) add('placement.modes', 'must name at least one mode');
  if (!p.modes.includes(p.default)) add('placement.default', `must be one of ${p.modes.join(', ')}`);
  const { minRegions = 1, maxRegions = MAX_REGIONS } = p;
  if (minRegions < 1 || maxRegions > MAX_REGIONS || minRegions > maxRegions)
    add('placement', `minRegions and maxRegions must lie within 1 to ${MAX_REGIONS}, in order`);
  const many = p.modes.find((mode) => mode !== 'single-region');
  if (many !== undefined && maxRegions < 2) add('placement.maxRegions', `must be 2 or more for ${many}`);
}

function checkEdges(at: 'depends' | 'members', self: string, specs: CheckedEdges, add: Add): void {
  for (const [alias, spec] of Object.entries(specs)) {
    const path = `${at}.${alias}`;
    if (!/^[a-z][a-zA-Z0-9]{0,40}$/.test(alias)) add(path, 'alias must be a camelCase name');
    const blueprint = spec.blueprint ?? aliasToName(alias);
    add(`${path}.blueprint`, blueprintNameProblem(blueprint));
    if (blueprint === self) add(`${path}.blueprint`, 'a Blueprint cannot depend on itself');
    add(`${path}.version`, rangeProblem(spec.version));
    if (spec.when !== undefined) add(`${path}.when`, predicateProblem(spec.when));
    for (const other of spec.after ?? [])
      if (!Object.hasOwn(specs, other)) add(`${path}.after`, `"${other}" is not a member`);
  }
  const cycle = findCycle(specs);
  if (cycle !== undefined) add(at, `"after" forms a cycle: ${cycle.join(' → ')}`);
}

function predicateProblem(when: unknown): string | undefined {
  if (typeof when !== 'function') return 'must be written as (config) => config.field.is(value)';
  try {
    buildPredicate(when as PredicateBuilder<unknown>);
    return undefined;
  } catch (error) {
    if (isToolkitError(error)) return error.message;
    return `cannot be read without running it: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A member's path is the name of its nested XR: two of one name would be one resource. */
function checkMemberPaths(members: CheckedEdges, add: Add): void {
  const seen = new Map<string, string>();
  for (const alias of Object.keys(members)) {
    const other = seen.get(aliasToName(alias));
    if (other !== undefined) add(`members.${alias}`, `differs from "${other}" in upper case only`);
    seen.set(aliasToName(alias), alias);
  }
}

function findCycle(specs: CheckedEdges): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name) || !Object.hasOwn(specs, name)) return undefined;
    for (const next of specs[name]?.after ?? []) {
      const found = visit(next, [...trail, name]);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(specs)) {
    const found = visit(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
