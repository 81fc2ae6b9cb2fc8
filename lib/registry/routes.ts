import { isDigest } from '../internal/digest.ts';
import { isRepository, isTag } from '../oci/index.ts';
import { Refusal } from './answer.ts';

/** What a request is about, with names that are checked. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags' | 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | {
      readonly kind: 'blob' | 'referrers';
      readonly repository: string;
      readonly digest: ReturnType<typeof digestOf>;
    }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string };

const MAX_URL = 8192;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads the raw path: it is never decoded, so `%2e%2e` and `%2f` are just names that break the grammar. */
export function parseRoute(target: string): { readonly route: Route; readonly query: URLSearchParams } {
  if (target.length > MAX_URL) throw new Refusal(414, 'NAME_INVALID', 'the address is too long');
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1));
  if (path === '/v2/' || path === '/v2') return { route: { kind: 'base' }, query };
  if (path === '/v2/_catalog') return { route: { kind: 'catalog' }, query };
  const found =
    /^\/v2\/(.+)\/(tags\/list|blobs\/uploads\/?|blobs\/uploads\/[^/]+|(?:blobs|manifests|referrers)\/[^/]+)$/.exec(
      path,
    );
  const repository = found?.[1] ?? '';
  const rest = found?.[2] ?? '';
  if (found === null) throw new Refusal(404, 'NAME_UNKNOWN', 'no such address');
  if (!isRepository(repository))
    throw new Refusal(400, 'NAME_INVALID', 'the repository name breaks the grammar');
  return { route: routeOf(repository, rest), query };
}

function routeOf(repository: string, rest: string): Route {
  if (rest === 'tags/list') return { kind: 'tags', repository };
  if (rest === 'blobs/uploads' || rest === 'blobs/uploads/') return { kind: 'uploads', repository };
  const last = rest.slice(rest.lastIndexOf('/') + 1);
  if (rest.startsWith('blobs/uploads/')) {
    if (!UUID.test(last)) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
    return { kind: 'upload', repository, id: last };
  }
  if (rest.startsWith('manifests/')) {
    if (!isTag(last) && !isDigest(last))
      throw new Refusal(
        400,
        last.includes(':') ? 'DIGEST_INVALID' : 'MANIFEST_INVALID',
        'neither a tag nor a digest',
      );
    return { kind: 'manifest', repository, reference: last };
  }
  return { kind: rest.startsWith('blobs/') ? 'blob' : 'referrers', repository, digest: digestOf(last) };
}

/** @throws Refusal 400 */
export function digestOf(text: string | null): `sha256:${string}` | `sha512:${string}` {
  if (isDigest(text)) return text;
  throw new Refusal(400, 'DIGEST_INVALID', 'not a sha256 or sha512 digest');
}
