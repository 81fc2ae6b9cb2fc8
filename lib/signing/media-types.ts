/** Media types and names that cosign, Flux and Crossplane look for; the constants are theirs. */
export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_ENVELOPE = 'application/vnd.dsse.envelope.v1+json';
export const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const BUNDLE_PREFIX = 'application/vnd.dev.sigstore.bundle';
export const IN_TOTO = 'application/vnd.in-toto+json';

export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';
export const CERTIFICATE_ANNOTATION = 'dev.sigstore.cosign/certificate';
export const REKOR_ANNOTATION = 'dev.sigstore.cosign/bundle';
export const TIMESTAMP_ANNOTATION = 'dev.sigstore.cosign/rfc3161timestamp';
export const PREDICATE_ANNOTATION = 'predicateType';

/** predicateType of a plain signature in bundle form; an attestation is never a signature. */
export const SIGN_V1 = 'https://sigstore.dev/cosign/sign/v1';

/** The short names of `cosign --type`, which Crossplane and Kyverno use as well. */
export const PREDICATE_TYPES: Readonly<Record<string, string>> = {
  spdxjson: 'https://spdx.dev/Document',
  spdx: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  openvex: 'https://openvex.dev/ns',
  custom: 'https://cosign.sigstore.dev/attestation/v1',
};

/** `spdxjson` → its URI; a URI stays as it is. */
export function predicateTypeOf(nameOrUri: string): string {
  return (Object.hasOwn(PREDICATE_TYPES, nameOrUri) ? PREDICATE_TYPES[nameOrUri] : undefined) ?? nameOrUri;
}
