import type { Blueprint } from '../blueprint/define.ts';
import type { Issue } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';

export type Severity = 'error' | 'warning';

/**
 * How a rule is decided. `static`: offline, from the source and what it composes. `network`: only with a registry, a
 * cluster or an earlier version, by the command that the rule names. `declared`: the author states it, and what can be
 * checked of the statement is.
 */
export type RuleTag = 'static' | 'network' | 'declared';

/** Something found, and where. Warnings do not make a validation fail. */
export interface Finding extends Issue {
  /** Id of the rule, for `bp explain`. */
  readonly rule: string;
  readonly severity: Severity;
  /** Below the project's root, or as the user named it. */
  readonly file: string;
  /** 1-based, where it is known. */
  readonly line?: number;
  readonly column?: number;
}

/** What a rule says; where it stands is added from `at`. */
export interface Found {
  /** The object or field: `HelmRelease shop/cache spec.values.image.tag`. */
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
  /** Where in the folder. @default `blueprint.ts` */
  readonly at?: Place;
}

/** A place in the Blueprint's folder, as exact as the rule knows it. */
export interface Place {
  readonly file: string;
  /** The construct of a composed object, by its path: `server`. */
  readonly construct?: string;
  /** The object that it is about, and the path inside it: for objects that stand in files of their own. */
  readonly object?: JsonObject;
  readonly field?: string;
  /** Path inside a YAML or JSON file. */
  readonly pointer?: string;
  /** Offset in the text. */
  readonly offset?: number;
}

/** An XR of the Blueprint and what it comes to compose; what nested XRs compose is theirs. */
export interface Rendering {
  /** `the defaults`, `examples/small.yaml`, or the variant of the config. */
  readonly label: string;
  readonly kind: 'default' | 'example' | 'variant';
  readonly xr: JsonObject;
  readonly objects: readonly JsonObject[];
  /** The round in which an object first appeared, by `objectKey`. */
  readonly rounds: ReadonlyMap<string, number>;
}

/** What rules look at. */
export interface LintInput {
  readonly blueprint: Blueprint;
  /** Folder below the project's root. */
  readonly path: string;
  /** Texts of the folder's files by path below it, without `generated/` but for `generated/blueprint.yaml`. */
  readonly files: ReadonlyMap<string, string>;
  readonly renderings: readonly Rendering[];
  /** The project's Blueprints, by name. */
  readonly peers: ReadonlyMap<string, Blueprint>;
}

/** What every rule says of itself, for `bp explain` and docs/rules.md. */
export interface RuleText {
  readonly id: string;
  /** Number in the platform's list of hard rules. */
  readonly hard?: number;
  readonly tag: RuleTag;
  readonly severity: Severity;
  readonly summary: string;
  readonly why: string;
  readonly fix: string;
  readonly example: { readonly wrong: string; readonly right: string };
  /** May `lint.json` suppress it, with a reason? @default true */
  readonly suppressible?: false;
}

/** A rule that looks at a whole Blueprint. */
export interface LintRule extends RuleText {
  readonly check: (input: LintInput) => Iterable<Found>;
}

/** What rules on references look at: objects that are applied together, of a Blueprint or of files. */
export interface ReferenceInput {
  readonly renderings: readonly Pick<Rendering, 'xr' | 'objects'>[];
  /** What makes namespaces beside the objects; absent where these come from files. */
  readonly blueprint?: Blueprint;
  readonly peers?: ReadonlyMap<string, Blueprint>;
}

/** A rule that looks at objects which refer to each other, whoever wrote them. */
export interface ReferenceRule extends LintRule {
  readonly check: (input: ReferenceInput) => Iterable<Found>;
}

/** A rule that another part decides: the validator itself, or a command with the network. */
export interface DecidedRule extends RuleText {
  /** `bp validate`, `bp verify`, … */
  readonly decidedBy: string;
}

export type Rule = LintRule | DecidedRule;

export function isLintRule(rule: Rule): rule is LintRule {
  return 'check' in rule;
}
