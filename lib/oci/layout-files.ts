import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { type Clock, systemClock } from '../internal/retry.ts';

/** Reads a file that is no link and not larger than `maxBytes`; undefined if it is not there. */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return undefined;
    throw new ToolkitError('invalid', `Cannot read "${path}": ${codeOf(cause) ?? 'it cannot be opened'}`, {
      cause,
    });
  }
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new ToolkitError('invalid', `Cannot read "${path}": it is not a regular file`);
    if (info.size > maxBytes)
      throw new ToolkitError('limit', `Cannot read "${path}": ${info.size} bytes are more than ${maxBytes}`);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

/** Writes a file so that others see the old one or the whole new one, also after a crash. */
export async function writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.tmp-${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new ToolkitError('internal', `Cannot write "${path}": ${codeOf(cause) ?? 'it failed'}`, { cause });
  }
}

const LOCK_WAIT_MS = 15_000;
const LOCK_STALE_MS = 30_000; // a holder writes one small file; older than this means it died
const LOCK_POLL_MS = 20;

/** Runs a task while this process alone holds `path`, across processes. @throws ToolkitError `conflict` */
export async function withFileLock<T>(
  path: string,
  task: () => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const until = clock.now() + LOCK_WAIT_MS;
  while (!(await tryLock(path, clock))) {
    if (clock.now() > until) {
      throw new ToolkitError('conflict', `Cannot lock "${path}": another process holds it`, {
        remedy: 'wait for the other process, or remove the file if there is none',
      });
    }
    await clock.sleep(LOCK_POLL_MS);
  }
  try {
    return await task();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string, clock: Clock): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause;
  }
  const info = await stat(path).catch(() => undefined);
  if (info !== undefined && clock.now() - info.mtimeMs > LOCK_STALE_MS) await rm(path, { force: true });
  return false;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
