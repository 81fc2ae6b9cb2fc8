import type { Signature } from '@sigstore/sign';
import type { SignerIdentity } from './identity.ts';

/** Something that signs as somebody. Fits `@sigstore/sign`'s bundle builders. */
export interface Signer {
  /** Who signs: known without a signature, so that what is signed already can be recognised. */
  identity(): Promise<SignerIdentity>;
  /** ECDSA P-256 over SHA-256, in DER, with the key or certificate that goes with it. */
  sign(data: Buffer): Promise<Signature>;
}
