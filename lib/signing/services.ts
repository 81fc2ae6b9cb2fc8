import { ToolkitError } from '../errors.ts';
import { getPath, parseJson } from '../internal/json.ts';

/** Where to sign. */
export interface SigningServices {
  readonly fulcioUrl: string;
  /** A Rekor with the v1 API: the only one whose entries Crossplane accepts. */
  readonly rekorUrl: string;
  /** RFC 3161 endpoint's base; signatures then carry a timestamp as well. */
  readonly timestampUrl?: string;
}

export const SERVICE_RETRY = 3;
export const SERVICE_TIMEOUT_MS = 30_000;

/** The public Sigstore, as the `sigstore` package knows it. */
export async function publicServices(): Promise<SigningServices> {
  const { DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL } = await import('sigstore');
  return { fulcioUrl: DEFAULT_FULCIO_URL, rekorUrl: DEFAULT_REKOR_URL };
}

/**
 * Services of a `signing_config.json` (v0.2): the first Fulcio v1 and the first Rekor v1 that are valid at `now`.
 * @throws ToolkitError `trust` if it names no Rekor v1
 */
export function parseSigningConfig(text: string, now: Date): SigningServices {
  const config = parseJson(text, 'the signing config');
  const fulcioUrl = serviceUrl(config, 'caUrls', now);
  const rekorUrl = serviceUrl(config, 'rekorTlogUrls', now);
  if (fulcioUrl === undefined || rekorUrl === undefined) {
    throw new ToolkitError(
      'trust',
      `Cannot use the signing config: no ${fulcioUrl === undefined ? 'Fulcio' : 'Rekor'} with API version 1`,
      { remedy: 'Crossplane accepts Rekor v1 entries only; name one under rekorTlogUrls' },
    );
  }
  return { fulcioUrl, rekorUrl };
}

function serviceUrl(config: unknown, field: string, now: Date): string | undefined {
  const list = getPath(config, [field]);
  if (!Array.isArray(list)) return undefined;
  for (const service of list) {
    const url = getPath(service, ['url']);
    const start = getPath(service, ['validFor', 'start']);
    const end = getPath(service, ['validFor', 'end']);
    if (typeof url !== 'string' || !/^https?:\/\//.test(url)) continue;
    if (getPath(service, ['majorApiVersion']) !== 1) continue;
    if (typeof start === 'string' && new Date(start) > now) continue;
    if (typeof end === 'string' && new Date(end) <= now) continue;
    return url.replace(/\/+$/, '');
  }
  return undefined;
}
