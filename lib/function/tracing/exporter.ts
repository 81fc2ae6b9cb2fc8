import type { Logger } from '../logger.ts';
import { encodeSpans, type Span } from './span.ts';

export interface TracingOptions {
  /** Where spans are sent: an OTLP/HTTP address, `/v1/traces` included. */
  readonly url: string;
  /** Sent with each batch; may be secret, and is never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** `service.name` and what else describes this process. */
  readonly resource: Readonly<Record<string, string>>;
  /** Of one batch. @default 10 000 */
  readonly timeoutMs?: number;
  /** How long a span waits for others. @default 5000 */
  readonly intervalMs?: number;
}

export type SpanOutcome = 'exported' | 'dropped';

const MAX_QUEUED = 2048;
const MAX_BATCH = 512;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_INTERVAL_MS = 5000;
const CLOSE_MS = 2000; // a stop does not wait longer for a collector that is away

/**
 * Sends spans in batches, one at a time. What does not fit into the queue, and what a collector does not take, is
 * dropped and counted: no call ever waits for its trace.
 */
export class SpanExporter {
  private readonly options: TracingOptions;
  private readonly logger: Logger;
  private readonly onOutcome: (outcome: SpanOutcome, spans: number) => void;
  private queue: Span[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private complaint: string | undefined;

  constructor(
    options: TracingOptions,
    logger: Logger,
    onOutcome: (outcome: SpanOutcome, spans: number) => void,
  ) {
    this.options = options;
    this.logger = logger;
    this.onOutcome = onOutcome;
  }

  get queued(): number {
    return this.queue.length;
  }

  add(span: Span): void {
    if (this.queue.length >= MAX_QUEUED) {
      this.onOutcome('dropped', 1);
      return;
    }
    this.queue.push(span);
    if (this.queue.length >= MAX_BATCH) this.flush();
    else
      this.timer ??= setTimeout(() => this.flush(), this.options.intervalMs ?? DEFAULT_INTERVAL_MS).unref();
  }

  /** Sends what is queued, and waits for it a little. */
  async close(): Promise<void> {
    const patience = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    this.flush();
    await Promise.race([this.drained(), patience]);
    clearTimeout(this.timer);
    if (this.queue.length > 0) this.onOutcome('dropped', this.queue.splice(0).length);
  }

  private async drained(): Promise<void> {
    while (this.sending !== undefined) await this.sending;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending !== undefined || this.queue.length === 0) return; // the one under way begins the next
    const batch = this.queue.splice(0, MAX_BATCH);
    this.sending = this.send(batch).finally(() => {
      this.sending = undefined;
      this.flush();
    });
  }

  private async send(batch: readonly Span[]): Promise<void> {
    const { url, headers, resource, timeoutMs = DEFAULT_TIMEOUT_MS } = this.options;
    let failure: string | undefined;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: encodeSpans(batch, resource),
        redirect: 'error', // headers may be credentials of this collector alone
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (!response.ok) failure = `the collector answered ${response.status}`;
    } catch (error) {
      const { cause } = error as { cause?: { code?: unknown } };
      failure = typeof cause?.code === 'string' ? cause.code : (error as Error).name;
    }
    this.onOutcome(failure === undefined ? 'exported' : 'dropped', batch.length);
    if (failure !== undefined && failure !== this.complaint) {
      this.logger.log('warn', 'Traces not exported', { reason: failure, spans: batch.length });
    }
    this.complaint = failure;
  }
}
