import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { isObject, parseJson } from '../internal/json.ts';
import { addKinds } from '../kinds/registry.ts';
import { checkSchema } from './check-schema.ts';
import type { KindFile } from './kind-file.ts';
import { LOCK_FILE, type LockedKind, type LockedSource, parseLock, schemaPath } from './lock.ts';
import type { ImportedSource } from './plan.ts';

const MAX_SCHEMA_BYTES = 8 * 1024 * 1024; // 8 MiB

/** The sources that a repository has imported; none without a lock. @throws ToolkitError `invalid` */
export function readLock(root: string): readonly LockedSource[] {
  const file = join(root, LOCK_FILE);
  return existsSync(file) ? parseLock(readFileSync(file, 'utf8')) : [];
}

/** An imported source as the repository has it, without reading the source again. */
export function recorded(root: string, locked: LockedSource): ImportedSource {
  return { ...locked, kinds: locked.kinds.map((kind) => readKind(root, kind)) };
}

function readKind(root: string, { apiVersion, kind, plural, scope }: LockedKind): KindFile {
  const path = schemaPath({ apiVersion, kind });
  if (!existsSync(join(root, path))) {
    throw new ToolkitError('not-found', `Cannot read "${path}", which ${LOCK_FILE} names`, {
      remedy: 'bp import --refresh writes it again',
    });
  }
  const text = readFileSync(join(root, path), 'utf8');
  const file = parseJson(text, `"${path}"`, { maxBytes: MAX_SCHEMA_BYTES });
  const wrong = isObject(file) && isObject(file.origin) ? checkSchema(file.schema, 'schema') : 'no origin';
  if (wrong !== undefined) {
    throw new ToolkitError('invalid', `Cannot read "${path}": ${wrong}`, {
      remedy: 'bp import --refresh writes it again',
    });
  }
  const [group = '', version = ''] = apiVersion.split('/');
  const own = file as unknown as KindFile; // its form was looked at above
  return { ...own, door: group, group, version, kind, plural, scope };
}

/** Makes the kinds that a repository has imported known: their scope to renders, their schema to validation. */
export function useImportedKinds(root: string): void {
  const kinds = readLock(root).flatMap((source) => source.kinds);
  addKinds(
    kinds.map(({ apiVersion, kind, plural, scope }) => {
      const [group = '', version = ''] = apiVersion.split('/');
      const schemaFile = join(root, schemaPath({ apiVersion, kind }));
      return { apiVersion, group, version, kind, plural, scope, schemaFile, door: group };
    }),
  );
}
