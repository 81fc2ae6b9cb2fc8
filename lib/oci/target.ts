/** `sha256:<64 hex>`; no other algorithm is written, sha512 is read. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

/** OCI content descriptor, image-spec 1.1. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly architecture: string; readonly os: string; readonly variant?: string };
  readonly data?: string;
  readonly urls?: readonly string[];
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** One repository to read from: in memory, an OCI layout on disk, or a registry. */
export interface ReadTarget {
  /** A tag or digest of this repository → its descriptor. @throws ToolkitError `not-found` */
  resolve(reference: string, options?: CallOptions): Promise<Descriptor>;
  /** Blob or manifest bytes; verified against digest and size while they are read. */
  fetch(descriptor: Descriptor, options?: CallOptions): Promise<Uint8Array>;
  exists(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;
  /** Manifests whose `subject` is this one: from the referrers API, else from the fallback tag. */
  referrers(
    subject: Descriptor,
    artifactType?: string,
    options?: CallOptions,
  ): Promise<readonly Descriptor[]>;
  tags(options?: CallOptions): Promise<readonly string[]>;
}

/** One repository to read from and write to. */
export interface Target extends ReadTarget {
  /**
   * Writes a blob, or a manifest by digest (decided by the media type). Writing what is there already is success.
   * A manifest with `subject` becomes a referrer, through the fallback tag where the registry has no referrers API.
   */
  push(descriptor: Descriptor, bytes: Uint8Array, options?: CallOptions): Promise<void>;
  /**
   * Points a tag at a manifest that is there. The tag at the same digest is success without a write.
   * @throws ToolkitError `conflict` if it points elsewhere, unless `move` is set
   */
  tag(
    descriptor: Descriptor,
    tag: string,
    options?: CallOptions & { readonly move?: boolean },
  ): Promise<void>;
  /** Deletes nothing by default in our own flows; used by tests and registry clean-up. */
  delete?(descriptor: Descriptor, options?: CallOptions): Promise<void>;
}
