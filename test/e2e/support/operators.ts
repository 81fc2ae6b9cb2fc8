import { setTimeout as delay } from 'node:timers/promises';
import { equalJson, isObject, type JsonObject } from '../../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../../lib/model/names.ts';
import { type Cluster, type ObjectRef, refOf } from '../../../lib/testing/cluster/index.ts';
import { listAt, objectAt, statusWhenReady, textAt } from './objects.ts';

/** Stands in for Flux and the operators: what an XR composed comes to have the status of a healthy object. */
export interface Operators {
  /** From now on this object stays as it is. */
  hold(matches: (object: JsonObject) => boolean): void;
  /** All of them move on again. */
  release(): void;
  stop(): Promise<void>;
}

const LOOK_MS = 250;

export function startOperators(cluster: Cluster, kinds: readonly string[]): Operators {
  const abort = new AbortController();
  const done = new Map<string, JsonObject>();
  let held: ((object: JsonObject) => boolean)[] = [];
  const isHeld = (object: JsonObject): boolean => held.some((matches) => matches(object));
  const sweep = async (): Promise<void> => {
    for (const kind of kinds) {
      for (const xr of await cluster.list(COMPOSE_API_VERSION, kind)) {
        for (const ref of composedRefs(xr)) await moveOn(cluster, ref, done, isHeld);
      }
    }
  };
  const loop = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      // An object may go, the apiserver may restart: the next sweep tells.
      await sweep().catch(() => undefined);
      await delay(LOOK_MS, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    hold(matches) {
      held.push(matches);
    },
    release() {
      held = [];
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}

/** What an XR composed, with the namespace that its references leave out. */
export function composedRefs(xr: JsonObject): readonly ObjectRef[] {
  const own = textAt(xr, 'metadata', 'namespace');
  return listAt(xr, 'spec', 'crossplane', 'resourceRefs').map((ref) => {
    const namespace = textAt(ref, 'namespace') || own;
    return {
      apiVersion: textAt(ref, 'apiVersion'),
      kind: textAt(ref, 'kind'),
      name: textAt(ref, 'name'),
      ...(namespace === '' ? {} : { namespace }),
    };
  });
}

async function moveOn(
  cluster: Cluster,
  ref: ObjectRef,
  done: Map<string, JsonObject>,
  isHeld: (object: JsonObject) => boolean,
): Promise<void> {
  // Nested XRs are Crossplane's to move.
  if (ref.apiVersion === COMPOSE_API_VERSION) return;
  const object = await cluster.get(ref);
  if (object === undefined || isHeld(object)) return;
  const status = statusWhenReady(object);
  if (status === undefined) return;
  const uid = textAt(object, 'metadata', 'uid');
  if (equalJson(done.get(uid), status) && isObject(object.status)) return;
  if (Object.keys(objectAt(object, 'metadata', 'deletionTimestamp')).length > 0) return;
  await cluster.patch(refOf(object), { status }, { subresource: 'status' });
  done.set(uid, status);
}
