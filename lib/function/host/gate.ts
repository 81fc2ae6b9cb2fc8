/** Why a call was turned away. */
export class GateFull extends Error {
  override readonly name = 'GateFull';
}

export interface GateOptions {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  /** Bytes of the requests that wait: a bound on memory where a bound on their number is none. */
  readonly maxQueuedBytes: number;
}

interface Waiter {
  readonly bytes: number;
  readonly go: () => void;
}

/** Back-pressure: so many calls at once, so many waiting, everything else is turned away at once. */
export class Gate {
  private readonly options: GateOptions;
  private readonly waiting: Waiter[] = [];
  private running = 0;
  private waitingBytes = 0;

  constructor(options: GateOptions) {
    this.options = options;
  }

  get inFlight(): number {
    return this.running;
  }

  get queued(): number {
    return this.waiting.length;
  }

  /** Runs `work` now or when its turn comes. @throws GateFull */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.running < this.options.maxConcurrent) this.running++;
    else await this.wait(bytes);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private wait(bytes: number): Promise<void> {
    const { maxQueued, maxQueuedBytes } = this.options;
    if (this.waiting.length >= maxQueued || this.waitingBytes + bytes > maxQueuedBytes) {
      throw new GateFull(`${this.running} calls are running and ${this.waiting.length} are waiting`);
    }
    this.waitingBytes += bytes;
    return new Promise((resolve) => this.waiting.push({ bytes, go: resolve }));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) {
      this.running--;
      return;
    }
    this.waitingBytes -= next.bytes;
    next.go(); // the place goes on to the next call: `running` stays
  }
}
