import type { Blueprint } from '../blueprint/define.ts';
import { REQUIRED_LABELS } from '../blueprint/labels.ts';
import type { Issue } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { MAX_COMPOSED_OBJECTS } from '../lint/rules/shape.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import { validateObject } from '../project/validate-object.ts';
import { apiVersionOf, describe, kindOf, labelOf, listAt, objectKey } from '../render/objects.ts';
import type { SettleResult } from '../render/settle.ts';
import type { Fault, FaultRule } from './fault.ts';

/** What credentials look like wherever they stand. */
const CREDENTIAL = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b/;

/** Verdicts on composed objects, kept: most of them are the same ones in hundreds of cases. */
export class ObjectJudge {
  readonly #blueprints: readonly Blueprint[];
  readonly #known = new Map<string, readonly Fault[]>();
  /** Kinds that nothing is known of, as `apiVersion Kind`. */
  readonly unchecked: Set<string> = new Set();

  constructor(blueprints: Iterable<Blueprint>) {
    this.#blueprints = [...blueprints];
  }

  judge(object: JsonObject): readonly Fault[] {
    const { status: _, ...rest } = object;
    const key = JSON.stringify(rest);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const faults = this.#look(object);
    this.#known.set(key, faults);
    return faults;
  }

  #look(object: JsonObject): readonly Fault[] {
    const { known, issues } = validateObject(object, this.#blueprints);
    if (!known) this.unchecked.add(`${apiVersionOf(object)} ${kindOf(object)}`);
    const missing = REQUIRED_LABELS.filter((key) => labelOf(object, key) === '');
    return [
      ...issues.map((issue) => fault('schema', object, issue)),
      ...missing.map((key) =>
        fault('labels', object, { path: `metadata.labels["${key}"]`, message: 'is missing' }),
      ),
      ...secrets(object),
    ];
  }
}

function fault(rule: FaultRule, object: JsonObject, issue: Issue): Fault {
  return { ...issue, rule, path: `${describe(object)} ${issue.path}` };
}

function secrets(object: JsonObject): readonly Fault[] {
  const remedy = 'refer to it: compose a StoredSecret, and pass its ref()';
  const plain = kindOf(object) === 'Secret' && apiVersionOf(object) === 'v1';
  const fields = plain ? ['data', 'stringData'].filter((key) => isFilled(object[key])) : [];
  const held = fields.map((path) =>
    fault('secret', object, { path, message: 'holds a value in plain text', remedy }),
  );
  const path = credentialPath(object, '');
  if (path === undefined) return held;
  return [...held, fault('secret', object, { path, message: 'holds what looks like a credential', remedy })];
}

const isFilled = (value: Json | undefined): boolean => isObject(value) && Object.keys(value).length > 0;

function credentialPath(value: Json, path: string): string | undefined {
  if (typeof value === 'string') return CREDENTIAL.test(value) ? path : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = credentialPath(item as Json, path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Everything that a settled XR shows to be wrong. */
export function settledFaults(result: SettleResult, judge: ObjectJudge): readonly Fault[] {
  const failures = [...result.reconciles.values()].flatMap(({ composite, failure }): readonly Fault[] =>
    failure === undefined ? [] : [{ rule: 'compose', path: kindOf(composite), message: failure.message }],
  );
  // Nothing else of a failed reconcile means anything.
  if (failures.length > 0) return failures;
  const [root] = result.reconciles.keys();
  const composed = result.objects.filter((o) => objectKey(o) !== root);
  return [...composed.flatMap((o) => judge.judge(o)), ...reconcileFaults(result), ...restFaults(result)];
}

function reconcileFaults(result: SettleResult): readonly Fault[] {
  return [...result.reconciles.values()].flatMap((reconcile): readonly Fault[] => {
    const { composite, findings } = reconcile;
    const count = listAt(composite, 'spec', 'crossplane', 'resourceRefs').length;
    const twins = findings.map(
      (f): Fault => ({ ...f, rule: 'twin', path: `${kindOf(composite)} ${f.path}` }),
    );
    if (count <= MAX_COMPOSED_OBJECTS) return twins;
    const message = `composes ${count} objects in one XR, more than ${MAX_COMPOSED_OBJECTS}`;
    return [
      ...twins,
      { rule: 'count', path: kindOf(composite), message, remedy: 'make a part of them a Blueprint' },
    ];
  });
}

function restFaults(result: SettleResult): readonly Fault[] {
  if (!result.settled) {
    const last = result.rounds.at(-1)?.changes.map((c) => `${c.what} ${describe(c.object)}`) ?? [];
    const message = `never comes to rest; in the last round: ${[...new Set(last)].slice(0, 4).join(', ')}`;
    return [{ rule: 'rest', path: '.', message }];
  }
  if (result.ready) return [];
  return result.waitingFor.map(({ path, why }) => ({ rule: 'ready', path: path.join(' › '), message: why }));
}

/** Observability is opted into: an XR that says nothing composes none. */
export function defaultFaults(result: SettleResult): readonly Fault[] {
  return result.objects
    .filter((o) => apiVersionOf(o).startsWith('monitoring.coreos.com/') && !isNested(o, result))
    .map((o) => ({
      rule: 'default',
      path: describe(o),
      message: 'is composed although nothing asked for it',
      remedy: 'let its toggle default to false',
    }));
}

function isNested(object: JsonObject, result: SettleResult): boolean {
  const owner = listAt(object, 'metadata', 'ownerReferences')[0];
  const [root] = result.reconciles.values();
  return owner?.apiVersion === COMPOSE_API_VERSION && owner.kind !== kindOf(root?.composite ?? {});
}
