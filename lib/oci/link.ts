import { ToolkitError } from '../errors.ts';
import type { RegistryClient } from './client.ts';
import type { HttpResponse } from './http.ts';

/** The `rel="next"` address of a `Link` header, on the registry itself only. @throws ToolkitError `registry` */
export function nextLink(client: RegistryClient, response: HttpResponse, action: string): URL | undefined {
  const header = [response.headers.link ?? ''].flat().join(',').slice(0, 16_384);
  for (const match of header.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (!/;\s*rel\s*=\s*(?:"?next"?)(?:[\s;,]|$)/i.test(match[2] ?? '')) continue;
    const url = URL.parse(match[1] ?? '', response.url.href);
    if (url === null || !client.isOwn(url))
      throw new ToolkitError('registry', `Cannot ${action}: its next page is on another host`);
    if (url.href === response.url.href)
      throw new ToolkitError('registry', `Cannot ${action}: its next page is the same page again`);
    return url;
  }
  return undefined;
}
