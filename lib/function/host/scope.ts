import type { CallContext } from '../protocol.ts';

/** One call's AbortSignal, made only if somebody asks for it: most compose functions answer at once. */
export class CallScope implements CallContext {
  /** The caller's `traceparent`, where traces are made. */
  readonly traceparent: unknown;
  private controller: AbortController | undefined;
  private reason: Error | undefined;
  private readonly listeners: ((reason: Error) => void)[] = [];

  constructor(traceparent?: unknown) {
    this.traceparent = traceparent;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.reason !== undefined) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  /** Why the call was stopped; undefined while it runs. */
  get aborted(): Error | undefined {
    return this.reason;
  }

  abort(reason: Error): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.controller?.abort(reason);
    for (const listener of this.listeners) listener(reason);
  }

  onAbort(listener: (reason: Error) => void): void {
    if (this.reason === undefined) this.listeners.push(listener);
    else listener(this.reason);
  }
}
