import { ToolkitError, type ToolkitErrorCode } from '../errors.ts';
import { isObject, parseJson } from '../internal/json.ts';
import { redactForeign } from '../internal/redact.ts';
import type { HttpResponse } from './http.ts';

export interface RegistryErrorContext {
  /** After "Cannot": `push "ghcr.io/acme/bp-a:1.2.0"`. */
  readonly action: string;
  /** @default 'registry' */
  readonly who?: string;
  /** The registry's name, for the remedy. */
  readonly registry?: string;
}

/** The error of an answer: its status and the registry's own code and words, bounded and redacted, with a way out. */
export function registryError(response: HttpResponse, context: RegistryErrorContext): ToolkitError {
  const { code, message } = readErrors(response);
  const said = [code, message === undefined ? undefined : `(${message})`]
    .filter((s) => s !== undefined)
    .join(' ');
  const text = `Cannot ${context.action}: ${context.who ?? 'registry'} answered ${response.status}${said === '' ? '' : ` ${said}`}`;
  const remedy = remedyOf(response.status, context.registry ?? response.url.host);
  return new ToolkitError(codeOf(response.status), text, remedy === undefined ? {} : { remedy });
}

function codeOf(status: number): ToolkitErrorCode {
  if (status === 401 || status === 403) return 'auth';
  if (status === 404) return 'not-found';
  if (status === 409 || status === 412) return 'conflict';
  if (status === 413) return 'limit';
  return 'registry';
}

function remedyOf(status: number, registry: string): string | undefined {
  switch (status) {
    case 401:
      return `log in to "${registry}" (docker login, or its credential helper) with an account that may do this`;
    case 403:
      return `the account lacks the right, or the repository must be created first; ask the owner of "${registry}"`;
    case 404:
      return 'check the name, the tag and that the account may see it: many registries answer 404 for what is hidden';
    case 413:
      return 'the registry or a proxy before it limits the size; raise its limit';
    case 429:
      return 'the registry limits the rate; wait, log in for a higher limit, or lower the concurrency';
    default:
      return status >= 500 ? 'the registry is in trouble; try again later or look at its log' : undefined;
  }
}

function readErrors(response: HttpResponse): { code?: string; message?: string } {
  let doc: unknown;
  try {
    doc = parseJson(Buffer.from(response.body).toString('utf8'), 'error');
  } catch {
    return {}; // an HTML page of a proxy says nothing that helps
  }
  const first = isObject(doc) && Array.isArray(doc.errors) ? doc.errors[0] : undefined;
  if (!isObject(first)) return {};
  const code =
    typeof first.code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(first.code) ? first.code : undefined;
  const message = typeof first.message === 'string' ? redactForeign(first.message) : '';
  return { ...(code === undefined ? {} : { code }), ...(message === '' ? {} : { message }) };
}
