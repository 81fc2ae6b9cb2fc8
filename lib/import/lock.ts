import { ToolkitError } from '../errors.ts';
import { isObject, type Json, parseJson } from '../internal/json.ts';
import { apiVersionOf, type KindFile, pathOf } from './kind-file.ts';

export const LOCK_FILE = 'kinds.lock.json';
export const SCHEMA_FOLDER = 'schemas/kinds';

/** A kind that a source defines. */
export interface LockedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

/** One source of `kinds.lock.json`: where kinds came from, and what it held then. */
export interface LockedSource {
  /** As it was given to `bp import`. */
  readonly source: string;
  /** A tag with its digest, or the version of an npm package; a file has none. */
  readonly version?: string;
  /** Of everything that was read, in hex. */
  readonly sha256: string;
  readonly kinds: readonly LockedKind[];
}

const FILE = 'Cannot read "kinds.lock.json"';
const WORD = /^[A-Za-z0-9][-A-Za-z0-9.]{0,252}$/;

/** Reads `kinds.lock.json`. @throws ToolkitError `invalid` naming the entry */
export function parseLock(text: string): readonly LockedSource[] {
  const value = parseJson(text, `"${LOCK_FILE}"`);
  const list = isObject(value) ? value.sources : undefined;
  if (!Array.isArray(list)) throw broken('sources');
  return (list as readonly Json[]).map((item, i): LockedSource => {
    const { source, version, sha256, kinds } = isObject(item) ? item : {};
    if (typeof source !== 'string' || typeof sha256 !== 'string' || !Array.isArray(kinds)) {
      throw broken(`sources[${i}]`);
    }
    const read = (kinds as readonly Json[]).map((kind, k) => lockedKind(kind, `sources[${i}].kinds[${k}]`));
    return { source, ...(typeof version === 'string' && { version }), sha256, kinds: read };
  });
}

function lockedKind(value: Json, place: string): LockedKind {
  const { apiVersion, kind, plural, scope } = isObject(value) ? value : {};
  const [group, version, ...more] = String(apiVersion).split('/');
  const words = [group, version, kind, plural];
  // They become file names, so nothing that climbs.
  const fine = words.every((word) => typeof word === 'string' && WORD.test(word) && !word.includes('..'));
  if (!fine || more.length > 0 || (scope !== 'Namespaced' && scope !== 'Cluster')) throw broken(place);
  return { apiVersion: String(apiVersion), kind: String(kind), plural: String(plural), scope };
}

function broken(place: string): ToolkitError {
  return new ToolkitError('invalid', `${FILE}: ${place} is not what bp import writes`, {
    place: LOCK_FILE,
    remedy: 'take it from version control, or import again',
  });
}

/** The entry of a kind. */
export function lockedKindOf(kind: KindFile): LockedKind {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, plural: kind.plural, scope: kind.scope };
}

/** Where the schema of a kind lies below the repository. */
export function schemaPath({ apiVersion, kind }: Pick<LockedKind, 'apiVersion' | 'kind'>): string {
  const [group = '', version = ''] = apiVersion.split('/');
  return `${SCHEMA_FOLDER}/${pathOf({ group, version, kind })}`;
}
