import { isTag, parseReference } from '../oci/index.ts';

/** What an argument of `bp diff` means. */
export type SideName =
  | { readonly is: 'path'; readonly path: string }
  | { readonly is: 'revision'; readonly revision: string; readonly path: string }
  | { readonly is: 'layout'; readonly directory: string; readonly name: string }
  | { readonly is: 'registry'; readonly reference: string };

/**
 * Reads `PATH`, `REV:PATH`, `oci:DIRECTORY:NAME` and `HOST/PATH/bp-x:TAG`. What exists on disk is a path, and only
 * something with a host before the first slash is a reference.
 */
export function parseSide(text: string, exists: (path: string) => boolean): SideName {
  if (text.startsWith('oci:')) {
    const m = /^oci:(.+?):(bp-[^/]+|sha256:[0-9a-f]{64})$/.exec(text);
    if (m !== null) return { is: 'layout', directory: m[1] ?? '', name: m[2] ?? '' };
  }
  if (exists(text)) return { is: 'path', path: text };
  if (isReference(text)) return { is: 'registry', reference: text };
  const colon = text.indexOf(':');
  if (colon > 0 && colon < text.length - 1) {
    return { is: 'revision', revision: text.slice(0, colon), path: text.slice(colon + 1) };
  }
  return { is: 'path', path: text };
}

function isReference(text: string): boolean {
  const host = text.split('/')[0] ?? '';
  if (!text.includes('/') || !/[.:]|^localhost$/.test(host)) return false;
  try {
    const { tag, digest, repository } = parseReference(text);
    const named = digest !== undefined || (tag !== undefined && isTag(tag));
    return named && (repository.split('/').at(-1) ?? '').startsWith('bp-');
  } catch {
    return false;
  }
}
