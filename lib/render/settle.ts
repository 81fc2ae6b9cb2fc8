import { isObject, type JsonObject } from '../internal/json.ts';
import { type BecomeReady, statusWhenReady } from './become-ready.ts';
import { FakeCluster } from './cluster.ts';
import type { RenderInput } from './input.ts';
import { layoutOf, resourceRefs } from './layout.ts';
import { renderUid } from './names.ts';
import {
  apiVersionOf,
  controlledBy,
  controllerOf,
  hasCondition,
  kindOf,
  listAt,
  namespaceOf,
  objectAt,
  objectKey,
  textAt,
  uidOf,
  withMetadata,
} from './objects.ts';
import { changedPaths } from './paths.ts';
import { renderComposite } from './reconcile.ts';
import type { RenderResult } from './result.ts';
import { seemsReady, type Waiting, waitingFor } from './waiting.ts';

/** How a kind of XR is composed. */
export interface CompositionOf {
  readonly composition: JsonObject;
  readonly xrd?: JsonObject;
}

export interface SettleInput extends Omit<RenderInput, 'observed'> {
  /** Objects that the XR composed before; each must carry its resource-name annotation. */
  readonly observed?: readonly JsonObject[];
  /** Compositions of nested XRs. A kind without one is an ordinary object. */
  readonly compositionFor?: (apiVersion: string, kind: string) => CompositionOf | undefined;
}

export interface SettleOptions {
  /** @default 30 */
  readonly maxRounds?: number;
  /** What becomes of an object after it was applied. @default statusWhenReady */
  readonly becomeReady?: BecomeReady;
  /** Called after each round, so that a person sees it grow. */
  readonly onRound?: (round: SettleRound) => void;
}

export interface Change {
  readonly what: 'created' | 'changed' | 'deleted' | 'ready';
  readonly object: JsonObject;
  /** For `changed`: the paths that differ, sorted. */
  readonly paths?: readonly string[];
}

/** One pass: every XR reconciled once, then every object moves on. */
export interface SettleRound {
  readonly round: number;
  readonly changes: readonly Change[];
}

export interface SettleResult {
  /** A round without a change was reached: a real cluster would be quiet too. */
  readonly settled: boolean;
  readonly ready: boolean;
  readonly rounds: readonly SettleRound[];
  /** The last reconcile of each XR, the root first, by object key. */
  readonly reconciles: ReadonlyMap<string, RenderResult>;
  /** Everything in the simulated cluster that XRs composed, and the XR itself. */
  readonly objects: readonly JsonObject[];
  /** What is not ready and why; empty when all is. */
  readonly waitingFor: readonly Waiting[];
}

export const DEFAULT_MAX_ROUNDS = 30;

/**
 * Reconciles an XR and its nested XRs against a simulated cluster until nothing changes any more.
 * Objects become ready by their kind's rules between rounds, so that what is withheld until then appears.
 * @throws ToolkitError as `renderComposite` does
 */
export async function settle(input: SettleInput, options: SettleOptions = {}): Promise<SettleResult> {
  const world = new World(input, options.becomeReady ?? statusWhenReady);
  const rounds: SettleRound[] = [];
  const max = options.maxRounds ?? DEFAULT_MAX_ROUNDS;
  let settled = false;
  for (let n = 1; n <= max && !settled; n++) {
    const changes = [...(await world.reconcileAll()), ...world.moveOn()];
    const round = { round: n, changes };
    settled = changes.length === 0;
    if (settled) break;
    rounds.push(round);
    options.onRound?.(round);
  }
  return { settled, rounds, ...world.outcome() };
}

class World {
  readonly #input: SettleInput;
  readonly #becomeReady: BecomeReady;
  readonly #cluster: FakeCluster;
  readonly #rootKey: string;
  readonly #others: readonly JsonObject[];
  readonly #reconciles = new Map<string, RenderResult>();

  constructor(input: SettleInput, becomeReady: BecomeReady) {
    this.#input = input;
    this.#becomeReady = becomeReady;
    const root = input.composite;
    this.#rootKey = objectKey(root);
    const xr = uidOf(root) === '' ? withMetadata(root, { uid: renderUid(root) }) : root;
    this.#cluster = new FakeCluster([xr]);
    for (const object of input.observed ?? []) {
      const adopted = controllerOf(object) === undefined ? ownedBy(object, xr) : object;
      this.#cluster.put(adopted);
    }
    this.#others = input.required ?? [];
  }

  /** Each XR once, parents before children, as they stood when the round began or were created in it. */
  async reconcileAll(): Promise<readonly Change[]> {
    const changes: Change[] = [];
    const done = new Set<string>();
    const queue = [this.#rootKey, ...this.#cluster.objects.map(objectKey)];
    for (let i = 0; i < queue.length; i++) {
      const key = queue[i] ?? '';
      const xr = this.#cluster.get(key);
      const how = xr === undefined || done.has(key) ? undefined : this.#compositionOf(key, xr);
      if (xr === undefined || how === undefined) continue;
      done.add(key);
      changes.push(...(await this.#reconcile(key, xr, how)));
    }
    for (const key of this.#reconciles.keys()) {
      if (this.#cluster.get(key) === undefined) this.#reconciles.delete(key);
    }
    return changes;
  }

  #compositionOf(key: string, xr: JsonObject): CompositionOf | undefined {
    if (key === this.#rootKey) return this.#input;
    return this.#input.compositionFor?.(apiVersionOf(xr), kindOf(xr));
  }

  async #reconcile(key: string, xr: JsonObject, how: CompositionOf): Promise<readonly Change[]> {
    const { observed: _, xrd: __, ...base } = this.#input;
    const owned = this.#observedOf(xr, how);
    const mine = new Set(owned);
    const result = await renderComposite({
      ...base,
      keepsGeneration: true,
      composite: xr,
      composition: how.composition,
      ...(how.xrd && { xrd: how.xrd }),
      observed: owned,
      required: [...this.#others, ...this.#cluster.objects.filter((o) => o !== xr && !mine.has(o))],
    });
    this.#reconciles.set(key, result);
    const changes: Change[] = [];
    for (const gone of result.deleted) {
      for (const object of this.#cluster.remove(objectKey(gone))) changes.push({ what: 'deleted', object });
    }
    for (const { object } of result.composed) changes.push(...this.#apply(object));
    changes.push(...this.#writeXr(key, xr, result));
    return changes;
  }

  /** What the XR controls. Its references are in the cluster too, but a first input may lack them. */
  #observedOf(xr: JsonObject, how: CompositionOf): readonly JsonObject[] {
    const refs = resourceRefs(xr, layoutOf(xr, how.xrd));
    const named = new Set(refs.map((ref) => referenceKey(ref, xr)));
    return this.#cluster.objects.filter(
      (o) => controllerOf(o)?.uid === uidOf(xr) && (named.size === 0 || named.has(objectKey(o))),
    );
  }

  #apply(object: JsonObject): readonly Change[] {
    const key = objectKey(object);
    const before = this.#cluster.get(key);
    const what = this.#cluster.apply(object);
    if (what === 'unchanged') return [];
    const after = this.#cluster.get(key) ?? object;
    if (what === 'created') return [{ what, object: after }];
    // The generation counts changes, it is not one.
    const paths = changedPaths(before, after).filter((path) => path !== 'metadata.generation');
    return [{ what, object: after, paths }];
  }

  #writeXr(key: string, before: JsonObject, result: RenderResult): readonly Change[] {
    const live = this.#cluster.get(key);
    if (live === undefined) return [];
    const spec = mergeSpec(objectAt(live, 'spec'), objectAt(result.composite, 'spec'));
    const next: JsonObject = { ...live, spec, status: objectAt(result.composite, 'status') };
    const paths = changedPaths(live, next);
    // References are told by the objects themselves.
    const told = paths.filter((path) => !path.startsWith('spec.'));
    if (paths.length === 0) return [];
    this.#cluster.put(next);
    const turned = result.ready && !hasCondition(before, 'Ready');
    const changes: Change[] = [];
    if (told.length > 0) changes.push({ what: 'changed', object: next, paths: told });
    if (turned) changes.push({ what: 'ready', object: next });
    // A round that only wrote references is not yet quiet: the next one observes what they name.
    return changes.length > 0 ? changes : [{ what: 'changed', object: next, paths }];
  }

  /** Every object that no XR here reconciles becomes what its kind becomes. */
  moveOn(): readonly Change[] {
    const changes: Change[] = [];
    for (const object of this.#cluster.objects) {
      const key = objectKey(object);
      if (this.#compositionOf(key, object) !== undefined) continue;
      const status = this.#becomeReady(object);
      if (status === undefined) continue;
      if (!this.#cluster.writeStatus(key, status)) continue;
      const after = this.#cluster.get(key) ?? object;
      const paths = changedPaths(object, after);
      changes.push(
        seemsReady(after) ? { what: 'ready', object: after } : { what: 'changed', object: after, paths },
      );
    }
    return changes;
  }

  outcome(): Pick<SettleResult, 'ready' | 'reconciles' | 'objects' | 'waitingFor'> {
    const root = this.#reconciles.get(this.#rootKey);
    return {
      ready: root?.ready === true,
      reconciles: this.#reconciles,
      objects: this.#cluster.objects,
      waitingFor: waitingFor(this.#rootKey, this.#reconciles, (key) => this.#cluster.get(key)),
    };
  }
}

function ownedBy(object: JsonObject, xr: JsonObject): JsonObject {
  const others = listAt(object, 'metadata', 'ownerReferences');
  return withMetadata(object, { ownerReferences: [...others, controlledBy(xr)] });
}

function referenceKey(ref: JsonObject, xr: JsonObject): string {
  const namespace = textAt(ref, 'namespace') || namespaceOf(xr);
  return objectKey({ ...ref, metadata: { name: ref.name ?? '', namespace } });
}

function mergeSpec(live: JsonObject, written: JsonObject): JsonObject {
  const crossplane = { ...objectAt(live, 'crossplane'), ...objectAt(written, 'crossplane') };
  return isObject(written.crossplane) ? { ...live, ...written, crossplane } : { ...live, ...written };
}
