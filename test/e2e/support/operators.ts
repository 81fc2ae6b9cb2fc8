import { setTimeout as delay } from 'node:timers/promises';
import { equalJson, isObject, type JsonObject } from '../../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../../lib/model/names.ts';
import type { Project } from '../../../lib/project/index.ts';
import { type Cluster, type ObjectRef, refOf } from '../../../lib/testing/cluster/index.ts';
import { listAt, statusWhenReady, textAt } from './objects.ts';
import { listXrs } from './whole-set.ts';

/** Stands in for Flux and the operators: what an XR composed comes to have the status of a healthy object. */
export interface Operators {
  /** From now on this object stays as it is. */
  hold(matches: (object: JsonObject) => boolean): void;
  /** All of them move on again. */
  release(): void;
  stop(): Promise<void>;
}

const LOOK_MS = 250;
const MAX_LOOK_MS = 2000; // with thousands of objects we would be the busiest client of all
const AT_ONCE = 8;

/** Starts them for the XRs of a project. */
export function startOperators(cluster: Cluster, project: Project): Operators {
  const abort = new AbortController();
  const done = new Map<string, JsonObject>();
  let held: ((object: JsonObject) => boolean)[] = [];
  const isHeld = (object: JsonObject): boolean => held.some((matches) => matches(object));
  const sweep = async (): Promise<void> => {
    const wanted = new Map<string, Set<string>>(); // by kind: one list of it is cheaper than a get of each
    for (const ref of (await listXrs(cluster, project)).flatMap(composedRefs)) {
      // Nested XRs are Crossplane's to move.
      if (ref.apiVersion === COMPOSE_API_VERSION) continue;
      const key = `${ref.apiVersion} ${ref.kind}`;
      wanted.set(key, (wanted.get(key) ?? new Set()).add(`${ref.namespace ?? ''}/${ref.name}`));
    }
    for (const [key, names] of wanted) {
      const [apiVersion = '', kind = ''] = key.split(' ');
      const objects = (await cluster.list(apiVersion, kind)).filter((object) => {
        const name = `${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}`;
        return names.has(name) && !isHeld(object);
      });
      while (objects.length > 0)
        await Promise.all(objects.splice(0, AT_ONCE).map((object) => moveOn(cluster, object, done)));
    }
  };
  const loop = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      const began = performance.now();
      // An object may go, the apiserver may restart: the next sweep tells.
      await sweep().catch(() => undefined);
      const rest = Math.min(MAX_LOOK_MS, Math.max(LOOK_MS, performance.now() - began));
      await delay(rest, undefined, { signal: abort.signal }).catch(() => undefined);
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

async function moveOn(cluster: Cluster, object: JsonObject, done: Map<string, JsonObject>): Promise<void> {
  const status = statusWhenReady(object);
  if (status === undefined) return;
  const uid = textAt(object, 'metadata', 'uid');
  if (equalJson(done.get(uid), status) && isObject(object.status)) return;
  if (textAt(object, 'metadata', 'deletionTimestamp') !== '') return;
  // It may be gone by now: the next list tells.
  const patched = cluster.patch(refOf(object), { status }, { subresource: 'status' });
  await patched.then(
    () => done.set(uid, status),
    () => undefined,
  );
}
