import { ToolkitError } from '../../errors.ts';
import type { StepInput } from '../../function/host/router.ts';
import { type Digest, isDigest } from '../../internal/digest.ts';
import { isTag, parseReference } from '../../oci/index.ts';

/** The compiled Blueprint that a step asks for, and the package it must be part of. */
export interface BundleRef {
  readonly name: string;
  /** Also the tag of the package. */
  readonly version: string;
  /** `host/path` */
  readonly repository: string;
  /** Of the bundle layer. */
  readonly digest: Digest;
}

const MAX_QUOTED = 100; // characters of what a peer chose

/** What a step names, checked: it becomes part of addresses and file names. @throws ToolkitError `invalid` */
export function bundleRefOf({ name, version, bundle }: StepInput): BundleRef | undefined {
  if (bundle === undefined) return undefined;
  const { repository, digest } = bundle;
  const refuse = (state: string): ToolkitError =>
    new ToolkitError('invalid', `Cannot load "${name.slice(0, MAX_QUOTED)}": the step's bundle ${state}`);
  if (!isDigest(digest) || !digest.startsWith('sha256:')) throw refuse('has a digest that is not sha256:…');
  if (!isTag(version)) throw refuse(`has version "${version.slice(0, MAX_QUOTED)}", which is not a tag`);
  if (!isPlainRepository(repository))
    throw refuse(`has repository "${repository.slice(0, MAX_QUOTED)}", which is not HOST/PATH`);
  return { name, version, repository, digest };
}

function isPlainRepository(text: string): boolean {
  try {
    const { registry, repository } = parseReference(text);
    return `${registry}/${repository}` === text;
  } catch {
    return false;
  }
}

/** Two steps with equal keys get the same module, verified against the same package. */
export function keyOf({ name, version, repository, digest }: BundleRef): string {
  return JSON.stringify([name, version, repository, digest]);
}

/** `ghcr.io/acme/bp-cnpg:1.0.0`, for messages. */
export function formatRef({ repository, version }: BundleRef): string {
  return `${repository}:${version}`;
}
