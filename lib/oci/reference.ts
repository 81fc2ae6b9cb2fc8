import { ToolkitError } from '../errors.ts';
import { isDigest } from '../internal/digest.ts';
import type { Digest } from './target.ts';

/** A repository of a registry, and perhaps one thing in it. */
export interface Reference {
  /** Host with optional port: `ghcr.io`, `127.0.0.1:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** `openova-io/bp-cnpg`. */
  readonly repository: string;
  readonly tag?: string;
  /** Wins over the tag when both are given. */
  readonly digest?: Digest;
}

const MAX_NAME = 255; // many clients cap host/name here
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${PART}(?:/${PART})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:.]{2,45}\\])(?::([0-9]{1,5}))?$`);

/** True for a repository name by the grammar of the distribution specification. */
export function isRepository(value: string): boolean {
  return value.length <= MAX_NAME && REPOSITORY.test(value);
}

/** True for a tag by the grammar of the distribution specification. */
export function isTag(value: string): boolean {
  return TAG.test(value);
}

/** True for a host with optional port, without scheme, user or path. */
export function isRegistryHost(value: string): boolean {
  const found = value.length <= MAX_NAME ? HOST.exec(value) : null;
  return found !== null && (found[1] === undefined || Number(found[1]) <= 65_535);
}

/**
 * Reads `registry/repository[:tag][@digest]`. The registry is always named: there is no default one.
 * @throws ToolkitError `usage`
 */
export function parseReference(text: string): Reference {
  if (text.length > 2 * MAX_NAME + 128) throw refuse(text, 'it is too long');
  if (/^[a-z+]+:\/\//i.test(text))
    throw refuse(text, 'it has a scheme', 'leave out the part up to and with "//"');
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest))
    throw refuse(text, 'what follows "@" is not a sha256 digest');
  const name = at === -1 ? text : text.slice(0, at);
  const slash = name.indexOf('/');
  const registry = slash === -1 ? '' : name.slice(0, slash);
  if (!/[.:]|^localhost$/.test(registry) || !isRegistryHost(registry))
    throw refuse(text, 'it does not begin with a registry host', 'write it as "ghcr.io/acme/bp-a:1.2.0"');
  const rest = name.slice(slash + 1);
  const colon = rest.indexOf(':');
  const tag = colon === -1 ? undefined : rest.slice(colon + 1);
  const repository = colon === -1 ? rest : rest.slice(0, colon);
  if (!isRepository(repository) || registry.length + repository.length + 1 > MAX_NAME)
    throw refuse(
      text,
      'its repository is not a valid name',
      'use lower-case letters, digits and single "." "_" "-" "/"',
    );
  if (tag !== undefined && !isTag(tag))
    throw refuse(text, 'its tag is not valid', 'use up to 128 letters, digits, ".", "_" and "-"');
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The text of a reference, tag and digest included when they are there. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

function refuse(text: string, why: string, remedy?: string): ToolkitError {
  const shown = JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
  return new ToolkitError(
    'usage',
    `Cannot read reference ${shown}: ${why}`,
    remedy === undefined ? {} : { remedy },
  );
}
