import type { Blueprint } from '../blueprint/define.ts';
import type { Assembly } from '../generate/settled.ts';
import type { JsonObject } from '../internal/json.ts';
import { validateObject } from '../project/validate-object.ts';
import { generateCases } from './cases.ts';
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
}

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
  const {
    seed = DEFAULT_SEED,
    cases: wanted = DEFAULT_CASES,
    examples = new Map(),
    onProgress,
    signal,
  } = options;
  const { cases, refused } = generateCases(blueprint, { seed, cases: wanted, examples });
  const prover = new Prover(assembly, blueprint);
  const found = new Map<string, { readonly fault: Fault; readonly xr: JsonObject; cases: number }>();
  for (const [i, { xr }] of cases.entries()) {
    signal?.throwIfAborted();
    for (const [key, fault] of byKey(await prover.run(xr))) {
      const known = found.get(key);
      if (known !== undefined) known.cases++;
      else found.set(key, { fault, xr, cases: 1 });
    }
    if ((i + 1) % PROGRESS_EVERY === 0 || i + 1 === cases.length) onProgress?.(i + 1, cases.length);
  }
  const faults: ProvenFault[] = [];
  for (const [key, one] of [...found].slice(0, MAX_FAULTS))
    faults.push(await smallest(prover, key, one, signal));
  return {
    blueprint: blueprint.name,
    seed,
    cases: cases.length,
    refused,
    faults,
    unchecked: prover.unchecked,
  };
}

function byKey(faults: readonly Fault[]): ReadonlyMap<string, Fault> {
  return new Map(faults.map((fault) => [faultKey(fault), fault]));
}

async function smallest(
  prover: Prover,
  key: string,
  { fault, xr, cases }: { readonly fault: Fault; readonly xr: JsonObject; readonly cases: number },
  signal: AbortSignal | undefined,
): Promise<ProvenFault> {
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
