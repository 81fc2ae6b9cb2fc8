import type { Digest } from '../internal/digest.ts';

export type { Digest } from '../internal/digest.ts';

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

/** Content with the descriptor that names it. */
export interface PushItem {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
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
  /**
   * Writes several manifests that refer to one subject, with at most one write of the fallback tag: a registry with
   * immutable tags allows no second one. Absent: the manifests are pushed one by one.
   */
  pushReferrers?(subject: Descriptor, manifests: readonly PushItem[], options?: CallOptions): Promise<void>;
  /** Takes a blob from another repository of the same registry; false if that is not possible. */
  mount?(descriptor: Descriptor, source: ReadTarget, options?: CallOptions): Promise<boolean>;
  /** Deletes nothing by default in our own flows; used by tests and registry clean-up. */
  delete?(descriptor: Descriptor, options?: CallOptions): Promise<void>;
}
