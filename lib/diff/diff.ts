import { isToolkitError, ToolkitError } from '../errors.ts';
import { ranTooLong } from '../internal/bounded-run.ts';
import type { JsonObject } from '../internal/json.ts';
import { validateObject } from '../project/validate-object.ts';
import { generateCases } from '../prove/cases.ts';
import { Prover } from '../prove/prover.ts';
import { describe } from '../render/objects.ts';
import type { SettleResult } from '../render/settle.ts';
import { type Change, collect } from './change.ts';
import { composedOf } from './composed.ts';
import { factsChanges } from './facts-changes.ts';
import { objectChanges } from './object-changes.ts';
import type { ArtifactSide, Side, SourceSide } from './side.ts';
import { judgeChanges, type Verdict } from './verdict.ts';

export interface DiffOptions {
  /** @default 1 */
  readonly seed?: number;
  /** XRs of the older version that are upgraded, at least. @default 200 */
  readonly cases?: number;
  readonly signal?: AbortSignal;
}

/** Two versions of a Blueprint, compared. */
export interface BlueprintDiff extends Verdict {
  readonly name: string;
  readonly from: { readonly label: string; readonly version: string };
  readonly to: { readonly label: string; readonly version: string };
  /** XRs that were upgraded, or the example of each size where a side is published only. */
  readonly cases: number;
  /** How the objects were compared. */
  readonly compared: 'rendered' | 'published';
  /** The gravest first: data at risk, what the apiserver would refuse, what users wrote, what is composed. */
  readonly changes: readonly Change[];
}

export const DEFAULT_DIFF_CASES = 200;

/**
 * Compares two versions of a Blueprint over the matrix of the older one: what its declarations break, and what every
 * XR that could be installed composes before and after. Nothing is applied anywhere.
 * @throws ToolkitError `usage` for two Blueprints of different names
 */
export async function diffBlueprints(
  before: Side,
  after: Side,
  options: DiffOptions = {},
): Promise<BlueprintDiff> {
  if (before.facts.name !== after.facts.name) {
    throw new ToolkitError(
      'usage',
      `Cannot compare "${before.label}" with "${after.label}": they are ${before.facts.name} and ${after.facts.name}`,
    );
  }
  const declared = factsChanges(before.facts, after.facts);
  const runnable = before.is === 'source' && after.is === 'source';
  const composed = runnable
    ? await renderedChanges(before, after, declared, options)
    : { changes: await publishedChanges(before, after), cases: before.facts.sizes.size };
  const changes = collect([...declared, ...composed.changes]);
  return {
    name: before.facts.name,
    from: { label: before.label, version: before.facts.version },
    to: { label: after.label, version: after.facts.version },
    cases: composed.cases,
    compared: runnable ? 'rendered' : 'published',
    changes,
    ...judgeChanges(before.facts, after.facts, changes),
  };
}

/** Every XR that could be installed of the older version, rendered by both. */
async function renderedChanges(
  before: SourceSide,
  after: SourceSide,
  declared: readonly Change[],
  { seed = 1, cases: wanted = DEFAULT_DIFF_CASES, signal }: DiffOptions,
): Promise<{ readonly changes: readonly Change[]; readonly cases: number }> {
  const { cases } = generateCases(before.blueprint, { seed, cases: wanted, examples: before.examples });
  const [old, now] = [
    new Prover(before.assembly, before.blueprint),
    new Prover(after.assembly, after.blueprint),
  ];
  const moved =
    before.blueprint.kind !== after.blueprint.kind || before.blueprint.scope !== after.blueprint.scope;
  const breaks = declared.some((c) => c.area === 'api' && c.bump === 'major');
  const changes: Change[] = [];
  // Another kind or scope is another API: there is no XR that both would take.
  for (const { xr } of moved ? [] : cases) {
    signal?.throwIfAborted();
    const refused = refusal(xr, after);
    // What the declarations tell is not told again by every XR that they refuse.
    if (refused !== undefined && breaks) continue;
    if (refused !== undefined) changes.push({ ...refused, cases: 1, xr });
    else for (const change of await upgrade(xr, old, now)) changes.push({ ...change, cases: 1, xr });
  }
  return { changes, cases: cases.length };
}

/** Why the newer version would not take an XR that the older one took. */
function refusal(xr: JsonObject, after: SourceSide): Change | undefined {
  const [issue] = validateObject(xr, [after.blueprint]).issues;
  if (issue === undefined) return undefined;
  const { path, message } = issue;
  return {
    area: 'api',
    what: 'xr-refused',
    bump: 'major',
    path,
    message: `an XR that was accepted is refused: ${message}`,
  };
}

async function upgrade(xr: JsonObject, old: Prover, now: Prover): Promise<readonly Change[]> {
  const before = await settled(old, xr);
  // What never worked cannot break.
  if (typeof before === 'string') return [];
  const after = await settled(now, xr);
  if (typeof after !== 'string') {
    const stuck = before.ready && !after.ready;
    return [...objectChanges(composedOf(before), composedOf(after)), ...(stuck ? [neverReady(after)] : [])];
  }
  return [
    {
      area: 'objects',
      what: 'xr-fails',
      bump: 'major',
      path: now.blueprint.kind,
      message: `an XR that worked fails: ${after}`,
    },
  ];
}

function neverReady(result: SettleResult): Change {
  const why = result.waitingFor.map((w) => `${w.path.join(' › ')}: ${w.why}`)[0] ?? 'it is not ready';
  const [root] = result.reconciles.values();
  const path = root === undefined ? 'XR' : describe(root.composite).replace(/ .*/, '');
  return {
    area: 'objects',
    what: 'xr-stuck',
    bump: 'major',
    path,
    message: `an XR that became ready does not: ${why}`,
  };
}

/** The settled state, or why there is none. */
async function settled(prover: Prover, xr: JsonObject): Promise<SettleResult | string> {
  try {
    const result = await prover.settle(xr);
    for (const { failure } of result.reconciles.values()) if (failure !== undefined) return failure.message;
    return result;
  } catch (error) {
    if (!isToolkitError(error) || ranTooLong(error)) throw error;
    return error.message;
  }
}

/** What the examples compose, as it was published or as it would be. */
async function publishedChanges(before: Side, after: Side): Promise<readonly Change[]> {
  const [old, now] = [await published(before), await published(after)];
  const out: Change[] = [];
  for (const [size, objects] of old) {
    const next = now.get(size);
    if (next === undefined) continue;
    for (const change of objectChanges(objects, next)) out.push({ ...change, cases: 1, xr: { size } });
  }
  return out.map(({ xr: _, ...change }) => change);
}

async function published(side: Side): Promise<ArtifactSide['rendered']> {
  if (side.is === 'artifact') return side.rendered;
  const { renderedTrees } = await import('./artifact.ts');
  const { generateFiles } = await import('../generate/files.ts');
  const { blueprint, assembly, examples } = side;
  const { exampleXr } = await import('../generate/example.ts');
  const complete = new Map(
    [...blueprint.sizes.keys()].map((s) => [s, examples.get(s) ?? exampleXr(blueprint, s)]),
  );
  const files = await generateFiles(
    { blueprint, path: blueprint.name, examples: complete },
    {
      ...assembly,
      blueprints: new Map([...assembly.blueprints].map(([name, b]) => [name, { blueprint: b }])),
    },
  );
  return renderedTrees(files);
}
