import { findConstruct, findProperty, type Position, positionOf } from './locate.ts';
import { positionIn } from './position-in.ts';
import type { Finding, Found, LintInput, LintRule, Place } from './rule.ts';
import { LINT_RULES } from './rules/index.ts';

/** Everything that the rules find in a Blueprint, each thing once, with file, line and column where they are known. */
export function lintBlueprint(input: LintInput, rules: readonly LintRule[] = LINT_RULES): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const rule of rules) {
    for (const one of rule.check(input)) {
      // One construct is one finding, whatever its object is called in each rendering.
      const what =
        one.at?.construct === undefined ? one.path : [one.at.construct, one.path.split(' ').at(-1)];
      const key = JSON.stringify([rule.id, what, one.at?.construct ?? one.message, one.at?.offset]);
      if (!found.has(key)) found.set(key, finding(rule, one, input));
    }
  }
  return [...found.values()];
}

function finding(
  rule: LintRule,
  { at = { file: 'blueprint.ts' }, ...found }: Found,
  input: LintInput,
): Finding {
  return {
    ...found,
    rule: rule.id,
    severity: rule.severity,
    file: `${input.path}/${at.file}`,
    ...locate(at, found.path, input),
  };
}

function locate(at: Place, path: string, { files }: LintInput): Position | undefined {
  const text = files.get(at.file);
  if (text === undefined) return undefined;
  if (at.offset !== undefined) return positionOf(text, at.offset);
  if (at.construct !== undefined) return findConstruct(text, at.construct);
  if (at.pointer !== undefined) return positionIn(text, 0, at.pointer);
  return at.file.endsWith('.ts') ? findProperty(text, path) : undefined;
}
