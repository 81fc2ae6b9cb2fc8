import { envelopeFromJSON } from '@sigstore/bundle';
import { isToolkitError, ToolkitError } from '../errors.ts';
import { parseJson } from '../internal/json.ts';
import type { CallOptions, Descriptor, ReadTarget } from '../oci/target.ts';
import { listBundles, readBundle } from './bundle-referrer.ts';
import { type FoundEntry, kindOf, type SignatureFormat, type UnreadableEntry } from './entry.ts';
import { legacyBundle, messageContent } from './legacy-layer.ts';
import { readLegacyLayers } from './legacy-manifest.ts';
import { MAX_LEGACY_PAYLOAD_BYTES, MAX_TOTAL_BYTES } from './limits.ts';
import {
  BUNDLE_V03,
  CERTIFICATE_ANNOTATION,
  DSSE_ENVELOPE,
  IN_TOTO,
  SIGN_V1,
  SIGNATURE_ANNOTATION,
  SIMPLE_SIGNING,
} from './media-types.ts';
import { parseSimpleSigning } from './simple-signing.ts';
import { parseStatement } from './statement.ts';

/** Everything that is attached to an artifact, in both formats. */
export interface Collected {
  readonly entries: readonly FoundEntry[];
  readonly unreadable: readonly UnreadableEntry[];
}

/**
 * Reads all signatures and attestations of an artifact; nothing is verified.
 * One damaged entry is reported and the others still count; a registry that fails is an error.
 */
export async function collectEntries(
  target: ReadTarget,
  subject: Descriptor,
  options: CallOptions = {},
): Promise<Collected> {
  const entries: FoundEntry[] = [];
  const unreadable: UnreadableEntry[] = [];
  let total = 0;
  const take = async (
    format: SignatureFormat,
    descriptor: Descriptor,
    read: () => Promise<FoundEntry | undefined>,
  ): Promise<void> => {
    try {
      const entry = await read();
      if (entry === undefined) return;
      total += entry.payload.length;
      if (total > MAX_TOTAL_BYTES) {
        throw new ToolkitError('limit', `Cannot read the signatures: more than ${MAX_TOTAL_BYTES} bytes`);
      }
      entries.push(entry);
    } catch (error) {
      if (!isToolkitError(error) || !DAMAGE.has(error.code) || total > MAX_TOTAL_BYTES) throw error;
      unreadable.push({ format, digest: descriptor.digest, reason: error.message });
    }
  };
  for (const layer of await readLegacyLayers(target, subject.digest, 'sig', options)) {
    await take('legacy', layer, () => readSignatureLayer(target, layer, options));
  }
  for (const layer of await readLegacyLayers(target, subject.digest, 'att', options)) {
    await take('legacy', layer, () => readAttestationLayer(target, layer, options));
  }
  for (const referrer of await listBundles(target, subject, options)) {
    await take('bundle', referrer, () => readBundleEntry(target, referrer, subject, options));
  }
  return { entries, unreadable };
}

/** Codes that speak of one entry's content rather than of the registry. */
const DAMAGE: ReadonlySet<string> = new Set(['invalid', 'limit', 'integrity', 'not-found']);

async function readSignatureLayer(
  target: ReadTarget,
  layer: Descriptor,
  options: CallOptions,
): Promise<FoundEntry | undefined> {
  if (layer.mediaType !== SIMPLE_SIGNING) return undefined;
  const payload = await fetchPayload(target, layer, options);
  const signature = layer.annotations?.[SIGNATURE_ANNOTATION];
  if (signature === undefined || signature === '') {
    throw new ToolkitError('invalid', 'Cannot read the signature: the layer has no signature annotation');
  }
  const content = messageContent(payload, Buffer.from(signature, 'base64'));
  return {
    format: 'legacy',
    kind: 'signature',
    predicateType: SIGN_V1,
    digest: layer.digest,
    payload,
    subjects: [parseSimpleSigning(payload)],
    bundle: legacyBundle(content, layer.annotations ?? {}),
    ...certificateOf(layer),
  };
}

async function readAttestationLayer(
  target: ReadTarget,
  layer: Descriptor,
  options: CallOptions,
): Promise<FoundEntry | undefined> {
  if (layer.mediaType !== DSSE_ENVELOPE) return undefined;
  const bytes = await fetchPayload(target, layer, options);
  const envelope = envelopeFromJSON(
    parseJson(bytes.toString('utf8'), 'the envelope', { maxBytes: MAX_LEGACY_PAYLOAD_BYTES }),
  );
  const bundle = legacyBundle({ $case: 'dsseEnvelope', dsseEnvelope: envelope }, layer.annotations ?? {});
  // A sign/v1 statement is a signature as a bundle only: nobody looks for one here.
  return {
    ...envelopeEntry(bundle, layer, 'legacy'),
    kind: 'attestation',
    envelope: bytes,
    ...certificateOf(layer),
  };
}

async function readBundleEntry(
  target: ReadTarget,
  referrer: Descriptor,
  subject: Descriptor,
  options: CallOptions,
): Promise<FoundEntry | undefined> {
  const bundle = await readBundle(target, referrer, subject, options);
  if (bundle === undefined) return undefined;
  if (bundle.mediaType !== BUNDLE_V03) {
    throw new ToolkitError(
      'invalid',
      `Cannot use the bundle: it is ${bundle.mediaType}, cosign reads v0.3 only`,
    );
  }
  return envelopeEntry(bundle, referrer, 'bundle');
}

function envelopeEntry(bundle: FoundEntry['bundle'], at: Descriptor, format: SignatureFormat): FoundEntry {
  if (bundle.content.$case !== 'dsseEnvelope') {
    throw new ToolkitError('invalid', 'Cannot use the bundle: it holds no DSSE envelope');
  }
  const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
  if (payloadType !== IN_TOTO) {
    throw new ToolkitError('invalid', 'Cannot read the envelope: its payload is not an in-toto statement');
  }
  if (signatures.length !== 1) {
    throw new ToolkitError('invalid', 'Cannot read the envelope: it does not have exactly one signature');
  }
  const statement = parseStatement(payload);
  return {
    format,
    kind: kindOf(statement.predicateType),
    predicateType: statement.predicateType,
    digest: at.digest,
    payload,
    subjects: statement.subjects.map((hex) => `sha256:${hex}`),
    bundle,
  };
}

async function fetchPayload(target: ReadTarget, layer: Descriptor, options: CallOptions): Promise<Buffer> {
  if (layer.size > MAX_LEGACY_PAYLOAD_BYTES) {
    throw new ToolkitError('limit', `Cannot read a payload of ${layer.size} bytes`);
  }
  return Buffer.from(await target.fetch(layer, options));
}

function certificateOf(layer: Descriptor): Pick<FoundEntry, 'certificatePem'> {
  const pem = layer.annotations?.[CERTIFICATE_ANNOTATION];
  return pem === undefined ? {} : { certificatePem: pem };
}
