import type { Bundle } from '@sigstore/bundle';
import {
  DSSEBundleBuilder,
  MessageSignatureBundleBuilder,
  RekorWitness,
  TSAWitness,
  type Witness,
} from '@sigstore/sign';
import { isToolkitError, ToolkitError } from '../errors.ts';
import { redactForeign, redactUrl } from '../internal/redact.ts';
import { IN_TOTO } from './media-types.ts';
import { SERVICE_RETRY, SERVICE_TIMEOUT_MS } from './services.ts';
import type { Signer } from './signer.ts';

/** Who witnesses a signature, beside its signer. */
export interface Witnesses {
  /** Rekor with the v1 API; without it there is no log entry. */
  readonly rekorUrl?: string;
  /** RFC 3161 authority. */
  readonly timestampUrl?: string;
}

/** Signs a payload as it is (the legacy signature); the entry in the log is a `hashedrekord`. */
export async function sealMessage(signer: Signer, payload: Buffer, witnesses: Witnesses): Promise<Bundle> {
  const builder = new MessageSignatureBundleBuilder({ signer, witnesses: toWitnesses(witnesses) });
  return guarded(witnesses, () => builder.create({ data: payload }));
}

/** Signs a statement in a DSSE envelope; the entry in the log is a `dsse`. The bundle is v0.3. */
export async function sealStatement(
  signer: Signer,
  statement: Buffer,
  witnesses: Witnesses,
): Promise<Bundle> {
  const builder = new DSSEBundleBuilder({ signer, witnesses: toWitnesses(witnesses) });
  const bundle = await guarded(witnesses, () => builder.create({ data: statement, type: IN_TOTO }));
  const identity = await signer.identity();
  const { content } = bundle.verificationMaterial;
  // Only now: a hint known to sigstore-js would have become the envelope's keyid, which cosign refuses.
  if (identity.kind === 'key' && content.$case === 'publicKey') content.publicKey.hint = identity.hint;
  return bundle;
}

function toWitnesses({ rekorUrl, timestampUrl }: Witnesses): Witness[] {
  const call = { retry: SERVICE_RETRY, timeout: SERVICE_TIMEOUT_MS };
  const list: Witness[] = [];
  if (rekorUrl !== undefined) {
    list.push(
      new RekorWitness({ rekorBaseURL: rekorUrl, entryType: 'dsse', fetchOnConflict: true, ...call }),
    );
  }
  if (timestampUrl !== undefined) list.push(new TSAWitness({ tsaBaseURL: timestampUrl, ...call }));
  return list;
}

async function guarded(witnesses: Witnesses, create: () => Promise<Bundle>): Promise<Bundle> {
  try {
    return await create();
  } catch (error) {
    const known = findToolkitError(error);
    if (known !== undefined) throw known;
    const reason = error instanceof Error ? innermost(error).message : String(error);
    const urls = [witnesses.rekorUrl, witnesses.timestampUrl].filter((url) => url !== undefined);
    const where = urls.map((url) => `"${redactUrl(new URL(url))}"`).join(' and ');
    throw new ToolkitError(
      'network',
      `Cannot have the signature witnessed at ${where}: ${redactForeign(reason)}`,
      {
        remedy: 'check the signing config; a signature without a log entry is refused by Crossplane',
      },
    );
  }
}

function findToolkitError(error: unknown): ToolkitError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (isToolkitError(at)) return at;
  return undefined;
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
