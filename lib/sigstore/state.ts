import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { getPath, parseJson } from '../internal/json.ts';

/** What `bp sigstore --directory` keeps: PKCS#8 PEM keys and base64 DER certificates. */
export interface SavedState {
  readonly version: 1;
  readonly since: string;
  readonly keys: Readonly<Record<'fulcio' | 'rekor' | 'ctlog' | 'tsa' | 'oidc', string>>;
  readonly certificates: Readonly<Record<'fulcio' | 'tsa' | 'tsaRoot', string>>;
}

const STATE_FILE = 'keys.json';

/**
 * The state kept in a directory, made on first use (mode 0600).
 * @throws ToolkitError `trust` if the kept one is damaged or expired: a new trust root is never made in silence
 */
export async function loadState(
  directory: string,
  create: () => Promise<SavedState>,
  now: Date,
): Promise<SavedState> {
  const file = join(directory, STATE_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(file, 'cannot be read', cause);
    const state = await create();
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeSecret(file, JSON.stringify(state));
    return state;
  }
  const state = parseState(text, file);
  const { validTo } = new X509Certificate(Buffer.from(state.certificates.fulcio, 'base64'));
  if (new Date(validTo) <= now) throw unusable(file, `expired on ${validTo}`);
  return state;
}

/** Writes a file that only its owner reads, whole or not at all. */
export async function writeSecret(file: string, content: string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  await writeFile(part, content, { mode: 0o600 });
  await chmod(part, 0o600); // the file may have been there with another mode
  await rename(part, file);
}

function parseState(text: string, file: string): SavedState {
  const value = parseJson(text, `"${file}"`);
  const strings = [
    ['since'],
    ...['fulcio', 'rekor', 'ctlog', 'tsa', 'oidc'].map((k) => ['keys', k]),
    ...['fulcio', 'tsa', 'tsaRoot'].map((k) => ['certificates', k]),
  ];
  const whole = strings.every((path) => typeof getPath(value, path) === 'string');
  if (getPath(value, ['version']) !== 1 || !whole) throw unusable(file, 'is not a saved sigstore');
  return value as unknown as SavedState; // every field was looked at above
}

function unusable(file: string, state: string, cause?: unknown): ToolkitError {
  return new ToolkitError('trust', `Cannot open the loopback sigstore: "${file}" ${state}`, {
    remedy:
      'delete the directory to start with a new trust root; what was signed before then no longer verifies',
    ...(cause === undefined ? {} : { cause }),
  });
}
