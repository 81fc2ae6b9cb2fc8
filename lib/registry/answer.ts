import type { IncomingMessage, ServerResponse } from 'node:http';

/** The error codes of the distribution specification that this registry answers. */
export type RegistryErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'UNKNOWN';

/** A refusal that becomes an answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RegistryErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: RegistryErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Answers with an empty or a whole body. HEAD gets the headers alone. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: Uint8Array | string = '',
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  // A 304 or 204 has no length.
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': String(bytes.length) };
  response.writeHead(status, { ...length, ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

/** Answers with the specification's error document. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  const body = JSON.stringify({ errors: [{ code: refusal.code, message: refusal.message, detail: null }] });
  // What is left of a body that we refuse is not read: the connection ends.
  const close = response.req.complete ? {} : { Connection: 'close' };
  answer(
    response,
    refusal.status,
    { 'Content-Type': 'application/json', ...close, ...refusal.headers },
    body,
  );
}

/** A whole body, bounded. @throws Refusal 413 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request, maxBytes)) {
    size += chunk.length;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks, size));
}

/** The pieces of a body, bounded. @throws Refusal 413 */
export async function* bodyOf(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  const tooLarge = (): Refusal => new Refusal(413, 'SIZE_INVALID', `more than ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  let size = 0;
  // Not destroyed on a refusal, so that the answer can still be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    yield chunk;
  }
}
