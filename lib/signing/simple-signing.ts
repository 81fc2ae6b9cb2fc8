import { ToolkitError } from '../errors.ts';
import type { Digest } from '../internal/digest.ts';
import { getPath, parseJson } from '../internal/json.ts';
import { MAX_LEGACY_PAYLOAD_BYTES } from './limits.ts';

const TYPE = 'cosign container image signature';

/** The payload of a legacy signature, in cosign's key order. `reference` is `<registry>/<repository>`. */
export function formatSimpleSigning(reference: string, artifact: Digest): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': reference },
        image: { 'docker-manifest-digest': artifact },
        type: TYPE,
      },
      optional: null,
    }),
  );
}

/** The manifest digest that a payload speaks of. @throws ToolkitError `invalid` if it is not cosign's */
export function parseSimpleSigning(payload: Buffer): string {
  const value = parseJson(payload.toString('utf8'), 'the signature payload', {
    maxBytes: MAX_LEGACY_PAYLOAD_BYTES,
  });
  const digest = getPath(value, ['critical', 'image', 'docker-manifest-digest']);
  if (getPath(value, ['critical', 'type']) !== TYPE || typeof digest !== 'string') {
    throw new ToolkitError(
      'invalid',
      'Cannot read the signature payload: it is not a cosign image signature',
    );
  }
  return digest;
}
