import type { KeyObject } from 'node:crypto';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { ToolkitError } from '../errors.ts';
import { isObject, type Json, parseJson } from '../internal/json.ts';

/** What we believe without proof: certificate authorities and logs. Opaque; made by `parseTrustedRoot`. */
export type TrustRoot = TrustMaterial;

/**
 * A `trusted_root.json`, as text or parsed.
 * @throws ToolkitError `trust` if it is not one or names no transparency log
 */
export function parseTrustedRoot(json: string | Json): TrustRoot {
  const value = typeof json === 'string' ? parseJson(json, 'the trusted root') : json;
  if (!isObject(value)) throw unusable('it is not a JSON object');
  let root: TrustRoot;
  try {
    root = toTrustMaterial(TrustedRoot.fromJSON(value));
  } catch (cause) {
    throw unusable('a key or certificate in it cannot be read', cause);
  }
  if (root.tlogs.length === 0) throw unusable('it names no transparency log');
  return root;
}

/** The public Sigstore's trusted root, through TUF; kept in `cachePath`. Needs the network on first use. */
export async function fetchPublicTrustedRoot(options: {
  readonly cachePath?: string;
  readonly mirrorUrl?: string;
  readonly rootPath?: string;
}): Promise<TrustRoot> {
  const { getTrustedRoot } = await import('@sigstore/tuf');
  try {
    return toTrustMaterial(
      await getTrustedRoot({
        ...(options.cachePath === undefined ? {} : { cachePath: options.cachePath }),
        ...(options.mirrorUrl === undefined ? {} : { mirrorURL: options.mirrorUrl }),
        ...(options.rootPath === undefined ? {} : { rootPath: options.rootPath }),
      }),
    );
  } catch (cause) {
    throw new ToolkitError('network', 'Cannot fetch the trusted root of the public Sigstore', {
      remedy: 'give a trusted_root.json with --trusted-root; it works offline',
      cause,
    });
  }
}

/** Trust in one key, valid at any time, beside a root's logs (or none). */
export function withKey(root: TrustRoot | undefined, publicKey: KeyObject): TrustMaterial {
  const none: TrustMaterial = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey, validFor: () => true }),
  };
  return root === undefined ? none : { ...root, publicKey: none.publicKey };
}

function unusable(reason: string, cause?: unknown): ToolkitError {
  return new ToolkitError('trust', `Cannot use the trusted root: ${reason}`, {
    remedy: 'give the trusted_root.json of the Sigstore that signed',
    ...(cause === undefined ? {} : { cause }),
  });
}
