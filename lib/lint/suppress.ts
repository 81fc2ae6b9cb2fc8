import { isToolkitError } from '../errors.ts';
import { isObject, type JsonObject, parseJson } from '../internal/json.ts';
import { didYouMean } from '../schema/did-you-mean.ts';
import { positionIn } from './position-in.ts';
import type { Finding } from './rule.ts';
import { findRule, RULES } from './rules/index.ts';

/** The file beside `blueprint.ts` that suppresses findings: `{ "lint": [{ "rule", "reason", "path"? }] }`. */
export const SUPPRESSION_FILE = 'lint.json';
const MIN_REASON = 12; // characters; "because" is none

/**
 * Takes away what `lint.json` suppresses with a reason. An entry without a reason, of a rule that does not exist or
 * may not be suppressed, or that suppresses nothing, is a finding itself.
 */
export function suppress(
  findings: readonly Finding[],
  text: string | undefined,
  folder: string,
): readonly Finding[] {
  if (text === undefined) return findings;
  const file = `${folder}/${SUPPRESSION_FILE}`;
  const fault = (path: string, message: string, remedy?: string): Finding => ({
    rule: 'suppression',
    severity: 'error',
    file,
    path,
    message,
    ...(remedy === undefined ? {} : { remedy }),
    ...positionIn(text, 0, path),
  });
  const entries = readEntries(text);
  if (typeof entries === 'string') return [...findings, fault('.', entries)];
  const faults: Finding[] = [];
  const used = entries.flatMap((entry, i): JsonObject[] => {
    if (!isObject(entry)) {
      faults.push(fault(`lint[${i}]`, 'must be an object with "rule" and "reason"'));
      return [];
    }
    const problem = entryProblem(entry, findings, `lint[${i}]`, fault);
    if (problem !== undefined) faults.push(problem);
    return problem === undefined ? [entry] : [];
  });
  return [...findings.filter((f) => !used.some((entry) => covers(entry, f))), ...faults];
}

type Fault = (path: string, message: string, remedy?: string) => Finding;

/** The entries, or what is wrong with the file. */
function readEntries(text: string): readonly unknown[] | string {
  try {
    const json = parseJson(text, SUPPRESSION_FILE);
    if (isObject(json) && Array.isArray(json.lint)) return json.lint;
    return 'must be { "lint": [{ "rule": …, "reason": … }] }';
  } catch (error) {
    if (!isToolkitError(error)) throw error;
    return error.message;
  }
}

function entryProblem(
  entry: JsonObject,
  findings: readonly Finding[],
  at: string,
  fault: Fault,
): Finding | undefined {
  const { rule: id, reason, path, ...more } = entry;
  const unknown = Object.keys(more)[0];
  if (unknown !== undefined)
    return fault(`${at}.${unknown}`, 'is not a field', 'there are rule, reason and path');
  const rule = typeof id === 'string' ? findRule(id) : undefined;
  if (rule === undefined) {
    const near = didYouMean(
      String(id),
      RULES.map((r) => r.id),
    );
    return fault(
      `${at}.rule`,
      `there is no rule "${String(id)}"`,
      near === undefined ? 'bp explain lists them' : `did you mean "${near}"?`,
    );
  }
  if (rule.suppressible === false) return fault(`${at}.rule`, `"${rule.id}" cannot be suppressed`, rule.fix);
  if (typeof reason !== 'string' || reason.trim().length < MIN_REASON) {
    return fault(
      `${at}.reason`,
      `"${rule.id}" is suppressed without a reason`,
      'say in a sentence why it is right here',
    );
  }
  if (path !== undefined && typeof path !== 'string') return fault(`${at}.path`, 'must be a string');
  if (!findings.some((f) => covers(entry, f))) {
    return fault(at, `"${rule.id}" suppresses nothing`, 'remove the entry');
  }
  return undefined;
}

/** `path` narrows an entry to findings whose path or file holds that text. */
function covers(entry: JsonObject, { rule, path, file, message }: Finding): boolean {
  if (entry.rule !== rule) return false;
  const part = entry.path;
  return typeof part !== 'string' || path.includes(part) || file.endsWith(part) || message.includes(part);
}
