export { formatRules, howDecided } from './explain.ts';
export { toGithub } from './github.ts';
export type { Position } from './locate.ts';
export { findConstruct, findProperty, YamlPositions } from './locate.ts';
export { isKustomize, type LooseReference, looseReferences } from './objects-together.ts';
export { positionIn } from './position-in.ts';
export type {
  DecidedRule,
  Finding,
  LintInput,
  LintRule,
  Rendering,
  Rule,
  RuleTag,
  Severity,
} from './rule.ts';
export { isLintRule } from './rule.ts';
export { findRule, LINT_RULES, RULES } from './rules/index.ts';
export { lintBlueprint } from './run.ts';
export { fileOf, sentence, toSarif } from './sarif.ts';
export { SUPPRESSION_FILE, suppress } from './suppress.ts';
