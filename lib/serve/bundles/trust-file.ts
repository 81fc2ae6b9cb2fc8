import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ToolkitError } from '../../errors.ts';
import { type Digest, sha256 } from '../../internal/digest.ts';
import { parseTrustedRoot, parseTrustPolicy, type TrustPolicy, type TrustRoot } from '../../signing/index.ts';

/** Whom the host believes, as it stands at this moment. */
export interface Trust {
  readonly policy: TrustPolicy;
  readonly root: TrustRoot | undefined;
  /** Changes with any byte of the policy or of its trusted root. */
  readonly fingerprint: Digest;
}

/** Where a policy stands that nobody named. */
export const DEFAULT_TRUST_POLICY = '/etc/blueprints/trust.yaml';

const MAX_POLICY_BYTES = 1024 * 1024; // 1 MiB
const MAX_ROOT_BYTES: number = 4 * 1024 * 1024; // 4 MiB

/**
 * Reads a trust policy and the trusted root it names, anew each time: a mounted ConfigMap changes under us.
 * @throws ToolkitError `trust` if there is none, or it cannot be used
 */
export async function readTrust(path: string): Promise<Trust> {
  const text = await readText(path, MAX_POLICY_BYTES);
  if (text === undefined) {
    throw new ToolkitError('trust', `Cannot verify bundles: there is no trust policy at "${path}"`, {
      remedy: 'mount one (BP_TRUST_POLICY), or install a host that carries this version',
    });
  }
  const policy = parseTrustPolicy(text, path);
  if (policy.trustedRoot === undefined) return { policy, root: undefined, fingerprint: sha256(text) };
  const rootPath = resolve(dirname(path), policy.trustedRoot);
  const rootText = await readText(rootPath, MAX_ROOT_BYTES);
  if (rootText === undefined) {
    throw new ToolkitError('trust', `Cannot use "${path}": there is no trusted root at "${rootPath}"`);
  }
  return { policy, root: parseTrustedRoot(rootText), fingerprint: sha256(`${sha256(text)} ${rootText}`) };
}

/** Follows links, since Kubernetes mounts files as such. */
async function readText(path: string, maxBytes: number): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ToolkitError('trust', `Cannot read "${path}": ${code}`, { cause });
  }
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new ToolkitError('trust', `Cannot read "${path}": it is not a file`);
    if (info.size > maxBytes)
      throw new ToolkitError('trust', `Cannot read "${path}": it is larger than ${maxBytes} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
