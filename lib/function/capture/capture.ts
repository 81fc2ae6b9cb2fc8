import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyOwn } from '../../internal/own-bytes.ts';
import { asLazy } from '../codec/request-view.ts';
import type { CallRecord } from '../host/runner.ts';
import type { Logger } from '../logger.ts';
import { withoutSecrets } from './redact.ts';

const SUFFIX = '.request.pb';
const MAX_FILES = 200;
const MAX_BYTES: number = 64 * 1024 * 1024; // 64 MiB
const MAX_PENDING = 8;

/**
 * Keeps requests as files, for `bp replay`: the bytes of a `RunFunctionRequest` without connection details and
 * credentials. Equal requests are one file. At most 200 files and 64 MiB; the oldest go first. A disk that is full or
 * slow costs captures, never calls.
 */
export class RequestCapture {
  private readonly directory: string;
  private readonly logger: Logger;
  private readonly kept = new Map<string, number>();
  private bytes = 0;
  private pending = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(directory: string, logger: Logger) {
    this.directory = directory;
    this.logger = logger;
  }

  /** Makes the directory, and counts what is there already. */
  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const names = (await readdir(this.directory)).filter((name) => name.endsWith(SUFFIX)).sort();
    for (const name of names) this.count(name, (await stat(join(this.directory, name))).size);
    await this.shrink();
  }

  /** Takes up a call; returns at once. */
  take(call: CallRecord): void {
    if (this.pending >= MAX_PENDING) return;
    this.pending++;
    const bytes = copyOwn(asLazy(call.request).bytes); // the request's own are gone when its call is over
    const who = `${call.step?.name ?? 'unknown'}-${call.step?.version ?? ''}`
      .replace(/[^A-Za-z0-9.-]+/g, '_')
      .slice(0, 80);
    this.last = this.last
      .then(() => this.write(who, withoutSecrets(bytes)))
      .catch((error: unknown) => this.logger.log('warn', 'Request not captured', { reason: String(error) }))
      .finally(() => {
        this.pending--;
      });
  }

  /** Resolves once everything that was taken up is written. */
  close(): Promise<void> {
    return this.last;
  }

  private async write(who: string, request: Buffer): Promise<void> {
    const digest = createHash('sha256').update(request).digest('hex').slice(0, 16);
    const name = `${who}-${digest}${SUFFIX}`;
    if (this.kept.has(name) || request.length > MAX_BYTES) return;
    await writeFile(join(this.directory, name), request, { mode: 0o600 });
    this.count(name, request.length);
    await this.shrink();
  }

  private count(name: string, size: number): void {
    this.kept.set(name, size);
    this.bytes += size;
  }

  private async shrink(): Promise<void> {
    for (const [name, size] of this.kept) {
      if (this.kept.size <= MAX_FILES && this.bytes <= MAX_BYTES) return;
      this.kept.delete(name);
      this.bytes -= size;
      await rm(join(this.directory, name), { force: true });
    }
  }
}
