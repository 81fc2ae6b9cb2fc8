import { composeFunction } from '../blueprint/compose.ts';
import type { Blueprint } from '../blueprint/define.ts';
import { isToolkitError } from '../errors.ts';
import { decodeRequest, encodeRequest, encodeResponse } from '../function/codec/index.ts';
import { DEFAULT_TTL_SECONDS } from '../function/defaults.ts';
import { hostFunctionName } from '../generate/coordinates.ts';
import { type Assembly, settleInput } from '../generate/settled.ts';
import { ranTooLong } from '../internal/bounded-run.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { changedPaths } from '../render/paths.ts';
import { type CompositionOf, type SettleInput, type SettleResult, settle } from '../render/settle.ts';
import { defaultFaults, ObjectJudge, settledFaults } from './check-settled.ts';
import { type DirectCall, directFunction } from './direct-function.ts';
import type { Fault } from './fault.ts';

/** Proves one Blueprint, case by case; what does not change between cases is done once. */
export class Prover {
  readonly blueprint: Blueprint;
  readonly #assembly: Assembly;
  readonly #judge: ObjectJudge;
  readonly #inputs = new Map<string, SettleInput>();
  readonly #compositions = new Map<string, CompositionOf | undefined>();
  /** The last call for each XR of the case that runs. */
  #calls = new Map<string, DirectCall>();

  constructor(assembly: Assembly, blueprint: Blueprint) {
    this.blueprint = blueprint;
    this.#assembly = assembly;
    this.#judge = new ObjectJudge(assembly.blueprints.values());
  }

  /** Composed kinds whose objects nobody could check, for lack of a schema. */
  get unchecked(): readonly string[] {
    return [...this.#judge.unchecked].sort();
  }

  /** What an XR comes to on a simulated cluster. @throws ToolkitError as `settle` does */
  settle(xr: JsonObject): Promise<SettleResult> {
    this.#calls = new Map();
    return settle({ ...this.#inputFor(xr), composite: xr });
  }

  /** Renders an XR until it settles, judges what came of it, and renders it again. Empty: all is well. */
  async run(xr: JsonObject): Promise<readonly Fault[]> {
    let result: SettleResult;
    try {
      result = await this.settle(xr);
    } catch (error) {
      if (!isToolkitError(error)) throw error;
      const rule = ranTooLong(error) ? 'time' : 'compose';
      return [{ rule, path: this.blueprint.kind, message: error.message }];
    }
    const faults = settledFaults(result, this.#judge);
    if (faults.some((f) => f.rule === 'compose')) return faults;
    const asked = isObject(xr.spec) && isObject(xr.spec.config) ? xr.spec.config : {};
    const unasked = Object.keys(asked).length === 0 ? defaultFaults(result) : [];
    return [...faults, ...unasked, ...(await this.#again())];
  }

  /** The last call of each XR once more, over the wire: the same request must give the same bytes. */
  async #again(): Promise<readonly Fault[]> {
    const out: Fault[] = [];
    const signal = new AbortController().signal;
    for (const { blueprint, request, response } of this.#calls.values()) {
      const wire = decodeRequest(encodeRequest(wireData(request)));
      const again = await composeFunction(blueprint, { catalogue: this.#assembly.catalogue })(wire, {
        signal,
      });
      const options = { defaultTtlSeconds: DEFAULT_TTL_SECONDS };
      const first = encodeResponse(wire, response, options);
      if (first.equals(encodeResponse(wire, again, options))) continue;
      out.push({
        rule: 'again',
        path: blueprint.kind,
        message: `a second render of the same state differs: ${difference(response, again)}`,
        remedy: 'compose must be pure: no clock, no randomness, nothing kept between calls',
      });
    }
    return out;
  }

  /** Everything but the XR itself depends only on what it is called and what it builds on. */
  #inputFor(xr: JsonObject): SettleInput {
    const spec = isObject(xr.spec) ? xr.spec : {};
    const key = JSON.stringify([xr.metadata ?? {}, spec.dependencies ?? {}]);
    const known = this.#inputs.get(key);
    if (known !== undefined) return known;
    const { compositionFor, ...input } = settleInput(this.#assembly, this.blueprint, xr);
    const { blueprints, catalogue, coordinates } = this.#assembly;
    const direct = directFunction(blueprints, catalogue, (call) => {
      const uid = call.request.observed.composite?.object.metadata;
      this.#calls.set(JSON.stringify(isObject(uid) ? (uid.uid ?? '') : ''), call);
    });
    const made: SettleInput = {
      ...input,
      functions: new Map([[hostFunctionName(coordinates), direct]]),
      compositionFor: (apiVersion, kind) => {
        const of = `${apiVersion} ${kind}`;
        if (!this.#compositions.has(of)) this.#compositions.set(of, compositionFor?.(apiVersion, kind));
        return this.#compositions.get(of);
      },
    };
    this.#inputs.set(key, made);
    return made;
  }
}

function wireData(request: DirectCall['request']): Parameters<typeof encodeRequest>[0] {
  const { requiredResources, extraResources, observed, desired, input, context, ...rest } = request;
  const found = (named: typeof requiredResources) =>
    new Map([...named].map(([name, list]) => [name, list ?? []]));
  const state = (s: typeof observed) => ({
    resources: s.resources,
    ...(s.composite && { composite: s.composite }),
  });
  return {
    ...rest,
    observed: state(observed),
    desired: state(desired),
    ...(input && { input }),
    ...(context && { context }),
    requiredResources: found(requiredResources),
    extraResources: found(extraResources),
  };
}

function difference(a: DirectCall['response'], b: DirectCall['response']): string {
  const plain = (r: DirectCall['response']): unknown =>
    Object.fromEntries(
      [...(r.resources ?? [])].map(([name, { object, ready }]) => [name, { object, ready }]),
    );
  const paths = [...changedPaths(plain(a), plain(b)), ...changedPaths(a.composite, b.composite)];
  return paths.length === 0 ? 'in the order of its fields' : paths.slice(0, 5).join(', ');
}
