import { createHash } from 'node:crypto';
import { compareBytes } from '../../internal/json.ts';

/** An artifact in plain words: what its bills of materials and its provenance are made from. */
export interface ArtifactDescription {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  /** SPDX expression. */
  readonly license?: string;
  /** Organization behind it. */
  readonly supplier?: string;
  /** Web address of the source repository. */
  readonly source?: string;
  /** RFC 3339, UTC, fixed: the same input gives the same bytes. */
  readonly created: string;
  /** Files that it carries; see `describeFile`. */
  readonly files?: readonly DescribedFile[];
  /** Upstream Helm charts that it installs. */
  readonly charts?: readonly DescribedChart[];
  /** Container images that it runs. */
  readonly images?: readonly DescribedImage[];
  /** npm packages that are built into it. */
  readonly packages?: readonly DescribedPackage[];
}

export interface DescribedFile {
  readonly path: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Hexadecimal; SPDX 2.3 demands it for every file. */
  readonly sha1: string;
}

export interface DescribedChart {
  readonly name: string;
  readonly version: string;
  /** `https://…` or `oci://…` */
  readonly repository: string;
  /** sha256 of the chart archive, hexadecimal. */
  readonly sha256?: string;
  readonly license?: string;
}

export interface DescribedImage {
  /** `ghcr.io/acme/app` */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

export interface DescribedPackage {
  /** `@scope/name` or `name`. */
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** As package-lock.json has it: `sha512-<base64>`. */
  readonly integrity?: string;
}

/** Something an artifact is built from, whatever its kind, with a package URL that names it. */
export interface Ingredient {
  readonly kind: 'chart' | 'image' | 'npm';
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly license?: string;
  readonly hash?: { readonly algorithm: 'sha256' | 'sha512'; readonly hex: string };
}

/** A file's hashes. */
export function describeFile(path: string, bytes: Uint8Array): DescribedFile {
  const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
  return { path, sha256: hash('sha256'), sha1: hash('sha1') };
}

/** Charts, images and packages in one list, sorted and without doubles. */
export function ingredientsOf(artifact: ArtifactDescription): readonly Ingredient[] {
  const all = [
    ...(artifact.charts ?? []).map(chartIngredient),
    ...(artifact.images ?? []).map(imageIngredient),
    ...(artifact.packages ?? []).map(packageIngredient),
  ];
  const unique = new Map(all.toReversed().map((item) => [item.purl, item])); // the first one told wins
  return [...unique.values()].sort((a, b) => compareBytes(a.purl, b.purl));
}

/** Files sorted by path. */
export function filesOf(artifact: ArtifactDescription): readonly DescribedFile[] {
  return [...(artifact.files ?? [])].sort((a, b) => compareBytes(a.path, b.path));
}

/** `pkg:generic/bp-a@1.0.0`: the artifact itself. */
export function artifactPurl({ name, version }: ArtifactDescription): string {
  return `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
}

function chartIngredient({ name, version, repository, sha256, license }: DescribedChart): Ingredient {
  const purl = `pkg:helm/${encodeURIComponent(name)}@${encodeURIComponent(version)}?repository_url=${encodeURIComponent(repository)}`;
  return {
    kind: 'chart',
    name,
    version,
    purl,
    ...(license === undefined ? {} : { license }),
    ...(sha256 === undefined ? {} : { hash: { algorithm: 'sha256', hex: sha256 } }),
  };
}

function imageIngredient({ repository, tag, digest }: DescribedImage): Ingredient {
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  const version = digest ?? tag ?? 'latest';
  const query = [
    `repository_url=${encodeURIComponent(repository)}`,
    ...(tag === undefined ? [] : [`tag=${encodeURIComponent(tag)}`]),
  ];
  return {
    kind: 'image',
    name: repository,
    version,
    purl: `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(version)}?${query.join('&')}`,
    ...(digest?.startsWith('sha256:') ? { hash: { algorithm: 'sha256', hex: digest.slice(7) } } : {}),
  };
}

function packageIngredient({ name, version, license, integrity }: DescribedPackage): Ingredient {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const sha512 = /^sha512-([A-Za-z0-9+/=]+)$/.exec(integrity ?? '')?.[1];
  return {
    kind: 'npm',
    name,
    version,
    purl: `pkg:npm/${path}@${encodeURIComponent(version)}`,
    ...(license === undefined ? {} : { license }),
    ...(sha512 === undefined
      ? {}
      : { hash: { algorithm: 'sha512', hex: Buffer.from(sha512, 'base64').toString('hex') } }),
  };
}
