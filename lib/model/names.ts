import { ToolkitError } from '../errors.ts';

/** Group and version of every XR of ours. */
export const COMPOSE_GROUP = 'compose.openova.io';
export const COMPOSE_API_VERSION: 'compose.openova.io/v1alpha1' = `${COMPOSE_GROUP}/v1alpha1`;
/** apiVersion and kind of the Composition step's `input` that routes a call to a Blueprint. */
export const STEP_INPUT_API_VERSION = 'fn.compose.openova.io/v1alpha1';
export const STEP_INPUT_KIND = 'Compose';
/** Label on every Composition; a pin is a `compositionRevisionSelector` on it. */
export const VERSION_LABEL = 'compose.openova.io/version';

const BLUEPRINT_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MAX_BLUEPRINT_NAME = 50; // leaves room for `bp-` and a revision's hash in a 63-character label

/** Why a Blueprint cannot have this name, or undefined if it can. */
export function blueprintNameProblem(name: string): string | undefined {
  if (name.startsWith('bp-')) return 'must be the short name; "bp-" is added to the artifact';
  if (!BLUEPRINT_NAME.test(name))
    return 'must be kebab-case: a-z, 0-9 and single hyphens, starting with a letter';
  if (name.length < 2 || name.length > MAX_BLUEPRINT_NAME)
    return `must have 2 to ${MAX_BLUEPRINT_NAME} characters`;
  return undefined;
}

/** `cert-manager` → `CertManager`, the kind of its XR. */
export function kindOfBlueprint(name: string): string {
  return name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

/** Lower-case kind + `s`: `CertManager` → `certmanagers`. */
export function pluralOfKind(kind: string): string {
  return `${kind.toLowerCase()}s`;
}

/** `cnpg` → `bp-cnpg`, the artifact's name; a name that has the prefix is kept. */
export function artifactName(blueprint: string): string {
  return blueprint.startsWith('bp-') ? blueprint : `bp-${blueprint}`;
}

/** `bp-cnpg` or `cnpg` → `cnpg`. */
export function shortName(reference: string): string {
  return reference.startsWith('bp-') ? reference.slice(3) : reference;
}

const MAX_LABEL = 63;

/**
 * The name under which Crossplane installs a package it resolved as a dependency: its ToDNSLabel over the
 * repository path without the registry (crossplane-runtime pkg/xpkg/name.go).
 * `ghcr.io/openova-io/bp-wordpress` → `openova-io-bp-wordpress`. Different paths can give one name.
 */
export function packageObjectName(repository: string): string {
  const slash = repository.indexOf('/');
  const path = slash === -1 ? repository : repository.slice(slash + 1);
  const cut = path.slice(0, MAX_LABEL);
  let out = '';
  for (let i = 0; i < cut.length; i++) {
    const c = cut.charAt(i);
    if (/[a-z0-9]/.test(c)) out += c;
    else if (/[./:-]/.test(c) && i !== 0 && i !== MAX_LABEL - 1 && i !== cut.length - 1) out += '-';
  }
  return out.replace(/^-+|-+$/g, '');
}

/** Joins name parts with `-`; over `max` characters is an error, never a silent cut. */
export function objectName(parts: readonly string[], what: string, max: number = MAX_LABEL): string {
  const joined = parts.join('/');
  const name = PLAIN_PATH.test(joined) ? joined.replaceAll('/', '-') : sanitised(parts);
  if (name.length > max) {
    throw new ToolkitError(
      'limit',
      `Cannot name ${what}: "${name}" has ${name.length} characters, ${max} are allowed`,
      {
        remedy: 'shorten the name of the XR or of the construct, or set metadata.name',
      },
    );
  }
  return name;
}

// Nearly every path is made of such ids; the rest costs five passes over its text.
const PLAIN_PATH = /^[a-z0-9]+(?:[-/][a-z0-9]+)*$/;

function sanitised(parts: readonly string[]): string {
  return parts
    .flatMap((p) => p.split('/'))
    .filter((p) => p !== '')
    .map((p) =>
      p
        .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, '-'),
    )
    .join('-')
    .replace(/^-+|-+$/g, '');
}
