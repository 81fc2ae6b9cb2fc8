import { Environment } from '@marcbachmann/cel-js';
import { registerKubernetes } from './cel-library.ts';
import type { ValidationRule } from './structural-types.ts';

type Compiled = (context: Record<string, unknown>) => unknown;

const MAX_CACHED = 2000; // compiled expressions kept
const cache = new Map<string, Compiled | Error>();
let environment: Environment | undefined;

function environmentOf(): Environment {
  environment ??= registerKubernetes(
    new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
      .registerVariable('self', 'dyn')
      .registerVariable('oldSelf', 'dyn'),
  );
  return environment;
}

export type RuleResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Evaluates one rule. A rule that cannot be compiled or fails while it runs is a finding, as in the apiserver. */
export function evaluateRule(rule: ValidationRule, self: unknown, oldSelf: () => unknown): RuleResult {
  const old = oldSelf();
  const context: Record<string, unknown> = { self };
  if (rule.optionalOldSelf) context.oldSelf = optionalOf(old);
  else if (old !== undefined) context.oldSelf = old;
  try {
    if (run(rule.rule, context) === true) return { ok: true };
  } catch (error) {
    return { ok: false, message: `rule ${rule.rule} cannot be evaluated: ${firstLine(error)}` };
  }
  return { ok: false, message: messageOf(rule, context) };
}

function messageOf(rule: ValidationRule, context: Record<string, unknown>): string {
  if (rule.messageExpression !== undefined) {
    try {
      const text = run(rule.messageExpression, context);
      if (typeof text === 'string' && text.trim() !== '' && !text.includes('\n')) return text;
    } catch {
      // as the apiserver: a message expression that fails gives way to the message
    }
  }
  return rule.message ?? `failed rule: ${rule.rule}`;
}

function run(expression: string, context: Record<string, unknown>): unknown {
  let compiled = cache.get(expression);
  if (compiled === undefined) {
    try {
      compiled = environmentOf().parse(toLibraryCalls(expression));
    } catch (error) {
      compiled = error instanceof Error ? error : new Error(String(error));
    }
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(expression, compiled);
  }
  if (compiled instanceof Error) throw compiled;
  return compiled(context);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string;
}

/** The syntax tree of an expression; its functions are not looked up. @throws Error with what is wrong in its first line */
export function parseCel(expression: string): unknown {
  return environmentOf().parse(expression).ast;
}

/** `undefined` gives none. */
function optionalOf(value: unknown): unknown {
  return value === undefined ? run('optional.none()', {}) : run('optional.of(self)', { self: value });
}

/** A Go duration as CEL's own type. */
export function celDuration(text: string): unknown {
  try {
    return run('duration(self)', { self: text });
  } catch {
    return text;
  }
}

/**
 * Sends calls to functions of ours where the library's own cannot be replaced: `matches` is run there as a JavaScript
 * expression, which may backtrack forever on a hostile value and means other things than RE2; `has` takes no index
 * (`has(self[0].path)`, as the Gateway API's rules say).
 */
function toLibraryCalls(expression: string): string {
  const tokens =
    /r?(?:'''[\s\S]*?'''|"""[\s\S]*?"""|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|\bmatches(?=\s*\()|\bhas(?=\s*\([^()]*\[)/g;
  return expression.replace(tokens, (token) => CALLS.get(token) ?? token);
}

const CALLS: ReadonlyMap<string, string> = new Map([
  ['matches', 're2Matches'],
  ['has', 'hasField'],
]);
