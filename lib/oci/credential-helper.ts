import { spawn } from 'node:child_process';
import { ToolkitError } from '../errors.ts';
import { isObject, parseJson } from '../internal/json.ts';
import type { Credential } from './credentials.ts';

export interface HelperCall {
  /** `ecr-login` for the program `docker-credential-ecr-login`. */
  readonly helper: string;
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export type HelperRunner = (call: HelperCall) => Promise<Credential | undefined>;

const HELPER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/; // never a path
const HELPER_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 1024 * 1024; // 1 MiB

/**
 * Asks `docker-credential-<helper> get` for a server's credentials; undefined when it has none.
 * Its output is never part of an error, since it may hold the secret.
 * @throws ToolkitError `auth`
 */
export async function runCredentialHelper(call: HelperCall): Promise<Credential | undefined> {
  const program = `docker-credential-${call.helper}`;
  if (!HELPER_NAME.test(call.helper))
    throw new ToolkitError(
      'auth',
      `Cannot run credential helper ${JSON.stringify(call.helper.slice(0, 80))}: bad name`,
    );
  const { status, output } = await run(program, call);
  if (status !== 0) {
    // The protocol's only word for "none": exit 1 and this text on stdout.
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(program, call.server, `it exited with ${status}`);
  }
  let doc: unknown;
  try {
    doc = parseJson(output, `the answer of "${program}"`);
  } catch {
    throw failed(program, call.server, 'its answer is not JSON');
  }
  if (!isObject(doc) || typeof doc.Username !== 'string' || typeof doc.Secret !== 'string')
    throw failed(program, call.server, 'its answer has no Username and Secret');
  if (doc.Secret === '') return undefined;
  if (doc.Username === '<token>') return { kind: 'identity', token: doc.Secret };
  return { kind: 'basic', username: doc.Username, password: doc.Secret };
}

function run(program: string, call: HelperCall): Promise<{ status: number | string; output: string }> {
  return new Promise((resolve, reject) => {
    const signals = [
      AbortSignal.timeout(HELPER_TIMEOUT_MS),
      ...(call.signal === undefined ? [] : [call.signal]),
    ];
    const child = spawn(program, ['get'], {
      env: { ...call.env },
      stdio: ['pipe', 'pipe', 'ignore'],
      signal: AbortSignal.any(signals),
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.on('error', (cause) => {
      const missing = 'code' in cause && cause.code === 'ENOENT';
      reject(
        failed(program, call.server, missing ? 'it is not installed' : 'it did not answer in time', cause),
      );
    });
    child.on('close', (code, signal) =>
      resolve({ status: code ?? signal ?? 'unknown', output: Buffer.concat(chunks).toString('utf8') }),
    );
    child.stdin.on('error', () => {}); // a helper may exit without reading
    child.stdin.end(`${call.server}\n`);
  });
}

function failed(program: string, server: string, why: string, cause?: Error): ToolkitError {
  return new ToolkitError('auth', `Cannot get credentials of "${server}" from "${program}": ${why}`, {
    remedy: `run \`echo ${server} | ${program} get\` to see what it says, or log in again`,
    ...(cause === undefined ? {} : { cause }),
  });
}
