import type { Blueprint } from '../blueprint/define.ts';
import type { Assembly } from '../generate/settled.ts';
import type { JsonObject } from '../internal/json.ts';
import { validateObject } from '../project/validate-object.ts';
import { type CaseSet, generateCases } from './cases.ts';
import { type Fault, faultKey } from './fault.ts';
import { Prover } from './prover.ts';
import { shrinkXr } from './shrink.ts';

export interface ProveOptions {
  /** Whole number; the same one gives the same cases. @default 1 */
  readonly seed?: number;
  /** Of each Blueprint, at least; fewer only where the schema has no more. @default 500 */
  readonly cases?: number;
  /** The example XR of each size. */
  readonly examples?: ReadonlyMap<string, JsonObject>;
  /** Called now and then: how many cases of how many are done. */
  readonly onProgress?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
  /** Others that take a share of the cases, in threads for example; they must hold the same Blueprints. @default none */
  readonly helpers?: readonly ShareRunner[];
}

/** Every `of`-th case of a Blueprint, from `index` on. */
export interface Share {
  readonly blueprint: string;
  readonly seed: number;
  readonly cases: number;
  readonly index: number;
  readonly of: number;
}

/** What a share of the cases showed; plain data, so that it can come from another thread. */
export interface ShareOutcome {
  readonly found: readonly FoundFault[];
  readonly unchecked: readonly string[];
}

interface FoundFault {
  /** Equal for what is one fault. */
  readonly key: string;
  readonly fault: Fault;
  /** Which case showed it first, and how many do. */
  readonly first: number;
  readonly cases: number;
}

/** Proves a share somewhere else. @throws what `proveShare` does */
export type ShareRunner = (share: Share) => Promise<ShareOutcome>;

/** One fault, however many cases show it. */
export interface ProvenFault extends Fault {
  /** How many cases show it. */
  readonly cases: number;
  /** The smallest XR found that shows it. */
  readonly xr: JsonObject;
}

/** What came of a Blueprint's matrix. */
export interface Proof {
  readonly blueprint: string;
  readonly seed: number;
  readonly cases: number;
  /** Generated configs that the Blueprint's own conditions refuse; they are not among the cases. */
  readonly refused: number;
  readonly faults: readonly ProvenFault[];
  /** Composed kinds without a schema at hand, as `apiVersion Kind`. */
  readonly unchecked: readonly string[];
}

export const DEFAULT_CASES = 500;
export const DEFAULT_SEED = 1;
const MAX_FAULTS = 20; // different ones, shrunk and reported
const PROGRESS_EVERY = 25; // cases

/**
 * Proves a Blueprint over its whole matrix, without test code: every size in every placement, every border value of its
 * config, and chance. Each XR is rendered, judged, settled until ready and rendered again.
 * @throws ToolkitError `schema` for a config schema that cannot be used
 */
export async function proveBlueprint(
  assembly: Assembly,
  blueprint: Blueprint,
  options: ProveOptions = {},
): Promise<Proof> {
  const { seed = DEFAULT_SEED, cases: wanted = DEFAULT_CASES, helpers = [], signal } = options;
  const { cases, refused } = casesOf(blueprint, options);
  const prover = new Prover(assembly, blueprint);
  const of = helpers.length + 1;
  const share = { blueprint: blueprint.name, seed, cases: wanted, of };
  const outcomes = await Promise.all([
    run(prover, cases, { index: 0, of }, options),
    ...helpers.map((helper, i) => helper({ ...share, index: i + 1 })),
  ]);
  const faults: ProvenFault[] = [];
  for (const { key, fault, first, cases: shown } of together(outcomes).slice(0, MAX_FAULTS)) {
    const xr = cases[first]?.xr ?? {};
    faults.push(await smallest(prover, key, { fault, xr, cases: shown }, signal));
  }
  const unchecked = [...new Set(outcomes.flatMap((o) => o.unchecked))].sort();
  return { blueprint: blueprint.name, seed, cases: cases.length, refused, faults, unchecked };
}

/** Proves a share of what `proveBlueprint` proves, without making faults small. @throws ToolkitError as it does */
export async function proveShare(
  assembly: Assembly,
  blueprint: Blueprint,
  share: Share,
  examples: ReadonlyMap<string, JsonObject>,
): Promise<ShareOutcome> {
  const { cases } = casesOf(blueprint, { ...share, examples });
  return run(new Prover(assembly, blueprint), cases, share, {});
}

function casesOf(blueprint: Blueprint, options: ProveOptions): CaseSet {
  const { seed = DEFAULT_SEED, cases = DEFAULT_CASES, examples = new Map() } = options;
  return generateCases(blueprint, { seed, cases, examples });
}

async function run(
  prover: Prover,
  cases: CaseSet['cases'],
  { index, of }: Pick<Share, 'index' | 'of'>,
  { onProgress, signal }: Pick<ProveOptions, 'onProgress' | 'signal'>,
): Promise<ShareOutcome> {
  const found = new Map<string, FoundFault>();
  for (let i = index; i < cases.length; i += of) {
    signal?.throwIfAborted();
    const faults = byKey(await prover.run(cases[i]?.xr ?? {}));
    for (const [key, fault] of faults) {
      const known = found.get(key) ?? { key, fault, first: i, cases: 0 };
      found.set(key, { ...known, cases: known.cases + 1 });
    }
    // Every further case could take as long again.
    if ([...faults.values()].some(isEndless)) break;
    const last = i + of >= cases.length;
    if (last || ((i - index) / of) % PROGRESS_EVERY === 0)
      onProgress?.(last ? cases.length : i, cases.length);
  }
  return { found: [...found.values()], unchecked: prover.unchecked };
}

/** As if one had run all cases in their order. */
function together(outcomes: readonly ShareOutcome[]): readonly FoundFault[] {
  const all = new Map<string, FoundFault>();
  for (const one of outcomes.flatMap((o) => o.found)) {
    const known = all.get(one.key);
    const earlier = known === undefined || one.first < known.first ? one : known;
    all.set(one.key, { ...earlier, cases: one.cases + (known?.cases ?? 0) });
  }
  return [...all.values()].sort((a, b) => a.first - b.first);
}

const isEndless = (fault: Fault): boolean => fault.rule === 'time';

function byKey(faults: readonly Fault[]): ReadonlyMap<string, Fault> {
  return new Map(faults.map((fault) => [faultKey(fault), fault]));
}

async function smallest(
  prover: Prover,
  key: string,
  { fault, xr, cases }: { readonly fault: Fault; readonly xr: JsonObject; readonly cases: number },
  signal: AbortSignal | undefined,
): Promise<ProvenFault> {
  if (isEndless(fault)) return { ...fault, cases, xr };
  let shown = fault;
  const small = await shrinkXr(xr, async (candidate) => {
    signal?.throwIfAborted();
    // What nobody could write shows nothing.
    if (validateObject(candidate, [prover.blueprint]).issues.length > 0) return false;
    const same = byKey(await prover.run(candidate)).get(key);
    if (same !== undefined) shown = same;
    return same !== undefined;
  });
  return { ...shown, cases, xr: small };
}
