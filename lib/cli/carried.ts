import type { Blueprint } from '../blueprint/define.ts';
import type { Handler } from '../function/host/router.ts';

/** What a function host carries from its start. */
export interface Carried {
  readonly blueprints: Iterable<Blueprint>;
  /** Resource functions, named by `function:` in a step's input. @default none */
  readonly functions?: Iterable<Handler>;
  /**
   * URLs of a thread's code and of a module that exports `createWorkerRouter`, where the host is bundled.
   * @default one thread does all
   */
  readonly threads?: { readonly entry: string; readonly module: string };
}

/** The same for a host whose own thread composes nothing, and need not hold what its threads serve. */
export interface CarriedLater {
  readonly load: () => Promise<Carried>;
  readonly threads: NonNullable<Carried['threads']>;
}
