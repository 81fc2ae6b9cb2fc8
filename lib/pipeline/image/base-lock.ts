import type { Architecture } from '../../xpkg/index.ts';
import lock from './base.lock.json' with { type: 'json' };

/** A Debian package of one version, and what its file must hash to. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Of the .deb, hexadecimal. */
  readonly sha256: string;
}

/** What the image is made of besides our own code. Names no host: a package comes from wherever the machine gets them. */
export interface BaseLock {
  /** Debian's release. */
  readonly suite: string;
  readonly debian: Readonly<Record<Architecture, readonly LockedPackage[]>>;
  readonly node: {
    readonly version: string;
    /** npm packages that hold the binary, with the integrity that the npm registry states. */
    readonly packages: Readonly<Record<Architecture, LockedBinary>>;
  };
}

export interface LockedBinary {
  readonly name: string;
  readonly integrity: string;
  /** The layer that is made of it: what is kept of an earlier build is used only if it is this very one. */
  readonly layer: { readonly digest: string; readonly diffId: string };
}

/** The base of this release, pinned; `hack/image-base.ts` writes it anew. */
export const BASE_LOCK: BaseLock = lock;
