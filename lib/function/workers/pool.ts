import { performance } from 'node:perf_hooks';
import { ToolkitError } from '../../errors.ts';
import { AnswerCache } from '../cache/index.ts';
import { ReadLog } from '../cache/recording.ts';
import { decodeRequest, WireError } from '../codec/index.ts';
import { asLazy } from '../codec/request-view.ts';
import { parseStepInput, type Served, type StepInput } from '../host/router.ts';
import { answerFatal, type CallRecord, keyOf, type Runner } from '../host/runner.ts';
import { CallScope } from '../host/scope.ts';
import type { FunctionRequest } from '../protocol.ts';
import type { CountMessage, ReportMessage, WorkerMessage, WorkerSettings } from './messages.ts';
import { Quarantine } from './quarantine.ts';
import { type StartedThread, startThread, type ThreadOptions } from './start-thread.ts';
import { WorkerThread } from './worker-thread.ts';

const WATCH_MS = 20;
const STUCK_MS = 100; // a call that runs for so long keeps no other one waiting behind it
const SPARE_MS = 500; // and after so long another thread starts beside it: on a busy machine, anything takes 100 ms
const SPARE_KEPT_MS = 60_000; // where one Blueprint ran away, it will again
const MAX_SPARE = 4; // threads beyond the usual number, each for one that is stuck
const MAX_BEHIND = 16; // calls of one Blueprint that wait while a call of it is stuck
const RESPAWN_MS = 1000; // between attempts to start a thread that does not come up
const START_MS = 60_000;

export interface WorkerPoolOptions extends WorkerSettings, ThreadOptions {
  /** The first thread, where it was started beforehand with the same options. */
  readonly first?: StartedThread;
  /** Threads at most, but for stuck ones; the first starts at once, others when there is work for them. */
  readonly maxWorkers: number;
  readonly onCall?: (call: CallRecord) => void;
  /** Something was counted in a thread. */
  readonly onCount?: (count: CountMessage) => void;
  /** A thread ended that should not have. */
  readonly onLost?: (reason: string, blueprint: string | undefined) => void;
}

interface Job {
  readonly id: number;
  readonly bytes: Buffer;
  readonly request: FunctionRequest;
  readonly step: StepInput;
  readonly key: string | undefined;
  readonly started: number;
  readonly scope: CallScope;
  readonly resolve: (answer: Buffer) => void;
  readonly reject: (reason: Error) => void;
}

// Compose functions live in the threads: here their answers have only the pool in common.
const IN_THREADS: Served = { name: 'threads', version: '', compose: () => ({}) };

/**
 * Composes in threads. A call that runs longer than the bound, or takes more memory, ends its thread: it alone is
 * answered with FATAL, what waited behind it goes to another thread, and its Blueprint is not asked again for a while.
 */
export class WorkerPool implements Runner {
  readonly quarantine: Quarantine = new Quarantine(() => performance.now());
  private readonly options: WorkerPoolOptions;
  private readonly cache: AnswerCache;
  private readonly threads = new Set<WorkerThread>();
  private readonly jobs = new Map<number, Job>();
  private queue: Job[] = [];
  private nextId = 1;
  private watcher: NodeJS.Timeout | undefined;
  private notBefore = 0;
  private spareUntil = 0;
  private stopped = false;
  private restartCount = 0;

  private constructor(options: WorkerPoolOptions) {
    this.options = options;
    this.cache = new AnswerCache(options.cacheBytes / 2);
  }

  /** Starts the first thread. @throws ToolkitError `invalid` if what it should serve cannot be loaded */
  static async start(
    options: WorkerPoolOptions,
  ): Promise<{ readonly pool: WorkerPool; readonly info: unknown }> {
    const pool = new WorkerPool(options);
    const info = await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`it did not start within ${START_MS / 1000} s`)),
        START_MS,
      );
      pool.spawn((failure, what) => {
        clearTimeout(timer);
        if (failure === undefined) resolve(what);
        else reject(new ToolkitError('invalid', `Cannot start a worker: ${failure}`));
      }, options.first);
    });
    return { pool, info };
  }

  get size(): number {
    return this.threads.size;
  }
  get restarts(): number {
    return this.restartCount;
  }
  get cacheStats(): { readonly bytes: number; readonly size: number } {
    return this.cache;
  }

  run(given: Uint8Array, scope: CallScope = new CallScope()): Promise<Buffer> {
    const started = performance.now();
    const request = decodeRequest(given, this.options.limits);
    const { bytes } = asLazy(request);
    const step = parseStepInput(request.input);
    if ('fatal' in step)
      return Promise.resolve(this.refuse({ request, bytes, started, scope }, undefined, step.fatal));
    const key = keyOf(step, request);
    const kept = key === undefined ? undefined : this.cache.find(key, IN_THREADS, asLazy(request));
    if (kept !== undefined) {
      const served = { ...IN_THREADS, name: step.name, version: step.version };
      this.tell(
        { request, bytes, started, scope },
        step,
        { ...kept, served, thrown: undefined },
        kept.encoded,
      );
      return Promise.resolve(kept.encoded);
    }
    const why = this.quarantine.reasonFor(nameOf(step));
    if (why !== undefined) {
      const message = `"${step.name}" ${step.version} is not asked: ${why}`;
      return Promise.resolve(this.refuse({ request, bytes, started, scope }, step, message));
    }
    if (this.crowded(nameOf(step))) {
      const message = `"${step.name}" ${step.version} is not asked: a call of it is stuck, and ${MAX_BEHIND} wait`;
      return Promise.resolve(this.refuse({ request, bytes, started, scope }, step, message));
    }
    return new Promise((resolve, reject) => {
      const job: Job = { id: this.takeId(), bytes, request, step, key, started, scope, resolve, reject };
      this.jobs.set(job.id, job);
      this.queue.push(job);
      scope.onAbort((reason) => this.abandon(job, reason));
      this.pump();
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.watcher);
    const threads = [...this.threads];
    for (const job of this.jobs.values()) job.reject(new Error('the host is stopping'));
    this.jobs.clear();
    this.queue = [];
    await Promise.all(threads.map((t) => t.stop()));
  }

  private takeId(): number {
    const id = this.nextId;
    this.nextId = id >= 0x7fff_fff0 ? 1 : id + 1;
    return id;
  }

  /** The caller is gone: what has not begun never begins. */
  private abandon(job: Job, reason: Error): void {
    if (!this.jobs.has(job.id)) return;
    this.forget(job);
    job.reject(reason);
  }

  /** It may wait although it was given to a thread: behind a call that got stuck. */
  private forget(job: Job): void {
    this.jobs.delete(job.id);
    const at = this.queue.indexOf(job);
    if (at >= 0) this.queue.splice(at, 1);
  }

  private pump(): void {
    const now = performance.now();
    const stuck = this.stuck(now);
    const waiting: Job[] = [];
    let anyHealthy = false;
    for (const job of this.queue) {
      // One Blueprint that is stuck must not take a second thread: a third would be next.
      const healthy = stuck.length === 0 || !stuck.includes(nameOf(job.step));
      const thread = healthy ? this.idlest(now) : undefined;
      if (thread !== undefined) thread.send(job.id, new Uint8Array(job.bytes));
      else {
        waiting.push(job);
        anyHealthy ||= healthy;
      }
    }
    this.queue = waiting;
    const spare = stuck.length === 0 ? 0 : this.stuck(now, SPARE_MS).length;
    if (spare > 0) this.spareUntil = now + SPARE_KEPT_MS;
    const most = this.options.maxWorkers + Math.min(spare, MAX_SPARE);
    if (anyHealthy && !this.starting() && this.threads.size < most) this.spawn();
    if (this.jobs.size > 0 && this.watcher === undefined) {
      this.watcher = setInterval(() => this.watch(), WATCH_MS);
      this.watcher.unref();
    }
  }

  /** For each thread that is stuck, whose call it runs. */
  private stuck(now: number, ms = STUCK_MS): readonly string[] {
    const names: string[] = [];
    for (const thread of this.threads) {
      if (thread.heldMs(now) <= ms) continue;
      const job = this.jobs.get(thread.running);
      names.push(job === undefined ? '' : nameOf(job.step));
    }
    return names;
  }

  /** Do too many calls wait behind one that is stuck? They would take the places of all others. */
  private crowded(name: string): boolean {
    if (this.queue.length < MAX_BEHIND || !this.stuck(performance.now()).includes(name)) return false;
    return this.queue.filter((job) => nameOf(job.step) === name).length >= MAX_BEHIND;
  }

  private idlest(now: number): WorkerThread | undefined {
    let best: WorkerThread | undefined;
    for (const thread of this.threads) {
      if (!thread.ready || thread.full || thread.heldMs(now) > STUCK_MS) continue;
      if (best === undefined || thread.given.size < best.given.size) best = thread;
    }
    return best;
  }

  private starting(): boolean {
    for (const thread of this.threads) if (!thread.ready) return true;
    return false;
  }

  private spawn(done?: (failure: string | undefined, info?: unknown) => void, first?: StartedThread): void {
    if (this.stopped || performance.now() < this.notBefore) return;
    const { data, limits, defaultTtlSeconds, timeoutMs, maxResponseBytes } = this.options;
    const cacheBytes = this.options.cacheBytes / 2;
    const settings = { data, limits, defaultTtlSeconds, timeoutMs, maxResponseBytes, cacheBytes };
    const thread: WorkerThread = new WorkerThread(first ?? startThread(this.options), settings, {
      onMessage: (message) => {
        if ('ready' in message) {
          thread.ready = true;
          done?.(undefined, message.info);
          this.pump();
        } else if ('count' in message) this.options.onCount?.(message.count);
        else if ('failed' in message) {
          done?.(message.failed);
          void thread.stop();
        } else this.answered(thread, message);
      },
      onExit: (reason) => {
        done?.(reason);
        this.lost(thread, reason);
      },
    });
    this.threads.add(thread);
  }

  private answered(thread: WorkerThread, message: Extract<WorkerMessage, { id: number }>): void {
    const job = this.jobs.get(message.id);
    if (job !== undefined) {
      this.forget(job);
      if ('invalid' in message) job.reject(new WireError(message.code, message.invalid));
      else this.deliver(job, message.report, thread.take(message));
    }
    thread.done(message);
    this.pump();
  }

  private deliver(job: Job, report: ReportMessage, encoded: Buffer): void {
    this.quarantine.clear(nameOf(job.step));
    const { key, request } = job;
    // What was read is known in the thread alone: here only the same request finds the answer again.
    if (
      key !== undefined &&
      report.outcome !== 'off' &&
      report.thrown === undefined &&
      this.cache.wants(key)
    ) {
      const log = new ReadLog();
      log.add(() => false);
      this.cache.keep(key, IN_THREADS, asLazy(request), log, { encoded, results: report.results });
    }
    this.tell(job, job.step, report, encoded);
    job.resolve(encoded);
  }

  /** Looks after calls that run too long; ends when there are none. */
  private watch(): void {
    if (this.jobs.size === 0) {
      clearInterval(this.watcher);
      this.watcher = undefined;
      this.retire();
      return;
    }
    const now = performance.now();
    for (const thread of this.threads) {
      const held = thread.heldMs(now);
      if (held > STUCK_MS) this.release(thread, thread.running);
      if (held > this.options.timeoutMs) this.condemn(thread, `it ran for ${Math.round(held)} ms`);
    }
    this.pump();
  }

  /** Ends what was started beside a thread that has come back. */
  private retire(): void {
    if (performance.now() < this.spareUntil) return;
    for (const thread of this.threads) {
      if (this.threads.size <= this.options.maxWorkers) return;
      if (!thread.ready || thread.given.size > 0) continue;
      this.threads.delete(thread);
      void thread.stop();
    }
  }

  /** Takes back what waits behind the call that runs. It may be composed twice; only one answer is taken. */
  private release(thread: WorkerThread, running: number): void {
    for (const id of thread.given) {
      if (id === running) continue;
      thread.given.delete(id);
      const job = this.jobs.get(id);
      if (job !== undefined) this.queue.unshift(job);
    }
  }

  private condemn(thread: WorkerThread, reason: string): void {
    this.blame(thread, reason);
    this.threads.delete(thread);
    this.restartCount++;
    void thread.stop();
  }

  private lost(thread: WorkerThread, reason: string): void {
    if (!this.threads.delete(thread) || this.stopped) return;
    this.restartCount++;
    this.blame(thread, reason);
    if (!thread.ready) this.failedToStart(reason);
    this.pump();
  }

  /** FATAL for the call that ran; the others begin again elsewhere. */
  private blame(thread: WorkerThread, reason: string): void {
    const job = this.jobs.get(thread.running);
    this.options.onLost?.(reason, job?.step.name);
    this.release(thread, thread.running);
    if (job === undefined) return;
    this.jobs.delete(job.id);
    const name = nameOf(job.step);
    this.quarantine.strike(name, reason);
    job.resolve(this.refuse(job, job.step, `"${job.step.name}" ${job.step.version} was stopped: ${reason}`));
    this.refuseWaiting(name);
  }

  /** What waits for a Blueprint in quarantine would only run away too. */
  private refuseWaiting(name: string): void {
    const why = this.quarantine.reasonFor(name);
    for (const job of this.queue.filter((waiting) => nameOf(waiting.step) === name)) {
      this.jobs.delete(job.id);
      job.resolve(this.refuse(job, job.step, `"${job.step.name}" ${job.step.version} is not asked: ${why}`));
    }
    this.queue = this.queue.filter((waiting) => nameOf(waiting.step) !== name);
  }

  private failedToStart(reason: string): void {
    this.notBefore = performance.now() + RESPAWN_MS;
    if (this.threads.size > 0) return;
    for (const job of this.queue.splice(0)) {
      this.jobs.delete(job.id);
      job.resolve(this.refuse(job, job.step, `Cannot compose: no worker starts (${reason})`));
    }
  }

  private refuse(
    call: Pick<Job, 'request' | 'bytes' | 'started' | 'scope'>,
    step: StepInput | undefined,
    message: string,
  ): Buffer {
    const { encoded, results } = answerFatal(call.request, message, this.options.defaultTtlSeconds);
    const served = step === undefined ? undefined : { name: step.name, version: step.version };
    this.tell(call, step, { served, results, outcome: 'off', thrown: undefined }, encoded);
    return encoded;
  }

  private tell(
    call: Pick<Job, 'request' | 'bytes' | 'started' | 'scope'>,
    step: StepInput | undefined,
    report: ReportMessage,
    encoded: Buffer,
  ): void {
    const { served, results, outcome, thrown } = report;
    this.options.onCall?.({
      step,
      served: served === undefined ? undefined : { ...IN_THREADS, ...served },
      request: call.request,
      scope: call.scope,
      seconds: (performance.now() - call.started) / 1000,
      requestBytes: call.bytes.length,
      responseBytes: encoded.length,
      results,
      outcome,
      thrown: thrown === undefined ? undefined : Object.assign(new Error(thrown.message), thrown),
    });
  }
}

function nameOf(step: StepInput): string {
  return `${step.name} ${step.version}`;
}
