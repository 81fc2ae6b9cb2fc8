import { isToolkitError } from '../../errors.ts';
import type { Refusal, Router, Served, StepInput } from '../../function/host/router.ts';
import { type BundleRef, bundleRefOf } from './bundle-ref.ts';
import type { BundleRefusal, BundleStore } from './bundle-store.ts';

export interface BundleRouterOptions {
  /** What the host carries; it answers wherever it can. */
  readonly local: Router;
  /** Whether the host carries this very version. */
  readonly carries: (name: string, version: string) => boolean;
  readonly store: Pick<BundleStore, 'get'>;
}

/**
 * Routes steps to what the host carries, and to the signed bundle that the step names where it does not carry that
 * version. A bundle that the policy does not speak of is as if none had been named.
 */
export function bundleRouter(options: BundleRouterOptions): Router {
  const { local, carries, store } = options;
  return {
    resolve(input) {
      if (input.kind !== 'blueprint' || carries(input.name, input.version)) return local.resolve(input);
      let ref: BundleRef | undefined;
      try {
        ref = bundleRefOf(input);
      } catch (error) {
        if (isToolkitError(error)) return { fatal: error.message };
        throw error;
      }
      if (ref === undefined) return local.resolve(input);
      const answer = store.get(ref);
      return answer instanceof Promise
        ? answer.then((a) => orLocal(a, local, input))
        : orLocal(answer, local, input);
    },
  };
}

function orLocal(
  answer: Served | BundleRefusal,
  local: Router,
  input: StepInput,
): Served | Refusal | Promise<Served | Refusal> {
  if (!('fatal' in answer) || answer.code !== 'trust') return answer;
  // Without a say in whom to trust, a development version is served from the source the host has.
  const own = local.resolve(input);
  return own instanceof Promise ? own.then((o) => withBoth(o, answer)) : withBoth(own, answer);
}

function withBoth(own: Served | Refusal, remote: Refusal): Served | Refusal {
  return 'fatal' in own ? { fatal: `${own.fatal}; ${remote.fatal}` } : own;
}
