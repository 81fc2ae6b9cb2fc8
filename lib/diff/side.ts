import type { Blueprint } from '../blueprint/define.ts';
import type { Assembly } from '../generate/settled.ts';
import type { JsonObject } from '../internal/json.ts';
import type { Composed } from './composed.ts';
import { type BlueprintFacts, factsOf } from './facts.ts';

/** A version whose source is at hand: its XRs can be rendered. */
export interface SourceSide {
  readonly is: 'source';
  /** As the user named it. */
  readonly label: string;
  readonly facts: BlueprintFacts;
  readonly blueprint: Blueprint;
  /** The project around it, of the same version. */
  readonly assembly: Assembly;
  /** The example XR of each size. */
  readonly examples: ReadonlyMap<string, JsonObject>;
}

/** A version of which only what was published is at hand: it is read, never run. */
export interface ArtifactSide {
  readonly is: 'artifact';
  readonly label: string;
  readonly facts: BlueprintFacts;
  /** What the example of each size composes, by identity: names in the Composition are not published. */
  readonly rendered: ReadonlyMap<string, Composed>;
}

export type Side = SourceSide | ArtifactSide;

/** A version from a Blueprint that is loaded. */
export function sourceSide(
  blueprint: Blueprint,
  assembly: Assembly,
  options: { readonly label?: string; readonly examples?: ReadonlyMap<string, JsonObject> } = {},
): SourceSide {
  const { label = `${blueprint.name} ${blueprint.version}`, examples = new Map() } = options;
  return { is: 'source', label, facts: factsOf(blueprint), blueprint, assembly, examples };
}
