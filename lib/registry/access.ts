import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, Refusal } from './answer.ts';
import type { Route } from './routes.ts';

/** Who may use the registry. */
export interface RegistryAccess {
  /** `basic`: the password itself; `bearer`: a token from `/token`, as public registries do it. */
  readonly scheme: 'basic' | 'bearer';
  readonly username: string;
  readonly password: string;
  /** Anyone may read. @default false */
  readonly anonymousPull?: boolean;
}

const TOKEN_LIFE_S = 300;

/** Checks requests, and with `bearer` is the token server too. Tokens are signed, nothing is kept. */
export class AccessControl {
  readonly #access: RegistryAccess;
  readonly #key: Buffer = randomBytes(32);
  readonly #now: () => number;

  constructor(access: RegistryAccess, now: () => number) {
    this.#access = access;
    this.#now = now;
  }

  /** @throws Refusal 401 with a challenge */
  check(request: IncomingMessage, route: Route): void {
    const scope = scopeOf(request, route);
    const pull = request.method === 'GET' || request.method === 'HEAD';
    if (this.#access.scheme === 'basic') {
      if ((pull && this.#access.anonymousPull === true) || this.#isUser(request)) return;
      throw new Refusal(401, 'UNAUTHORIZED', 'authentication required', {
        'WWW-Authenticate': 'Basic realm="registry"',
      });
    }
    if (this.#holds(request, scope)) return;
    const realm = `http://${request.headers.host ?? 'localhost'}/token`;
    const wanted = scope === undefined ? '' : `,scope="${scope}"`;
    throw new Refusal(401, 'UNAUTHORIZED', 'authentication required', {
      'WWW-Authenticate': `Bearer realm="${realm}",service="registry"${wanted}`,
    });
  }

  /** GET `/token?service=…&scope=…`. */
  token(request: IncomingMessage, response: ServerResponse): void {
    const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
    const known = this.#isUser(request);
    if (!known && request.headers.authorization !== undefined)
      throw new Refusal(401, 'UNAUTHORIZED', 'user or password is wrong');
    const scopes = query
      .getAll('scope')
      .flatMap((s) => s.split(' '))
      .filter((s) => s !== '');
    const granted = scopes.map((s) => (known ? s : this.#anonymous(s))).filter((s) => s !== undefined);
    const claims = Buffer.from(
      JSON.stringify({ granted, until: this.#now() + TOKEN_LIFE_S * 1000 }),
    ).toString('base64url');
    const body = { token: `${claims}.${this.#sign(claims)}`, expires_in: TOKEN_LIFE_S };
    answer(response, 200, { 'Content-Type': 'application/json' }, JSON.stringify(body));
  }

  #anonymous(scope: string): string | undefined {
    return this.#access.anonymousPull === true ? scope.replace(/:[^:]*$/, ':pull') : undefined;
  }

  #isUser(request: IncomingMessage): boolean {
    const given = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const pair = `${this.#access.username}:${this.#access.password}`;
    return given !== undefined && this.#same(Buffer.from(given, 'base64').toString('utf8'), pair);
  }

  #holds(request: IncomingMessage, scope: string | undefined): boolean {
    const token = /^Bearer ([\w-]+)\.([\w-]+)$/i.exec(request.headers.authorization ?? '');
    const claims = token?.[1] ?? '';
    if (token === null || !this.#same(token[2] ?? '', this.#sign(claims))) return false;
    const { granted, until } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as {
      granted: string[];
      until: number;
    };
    if (until < this.#now()) return false;
    return scope === undefined || covers(granted, scope);
  }

  #sign(claims: string): string {
    return createHmac('sha256', this.#key).update(claims).digest('base64url');
  }

  /** Compares in constant time, whatever the lengths. */
  #same(a: string, b: string): boolean {
    const digest = (text: string): Buffer => createHmac('sha256', this.#key).update(text).digest();
    return timingSafeEqual(digest(a), digest(b));
  }
}

function scopeOf(request: IncomingMessage, route: Route): string | undefined {
  if (route.kind === 'base') return undefined;
  if (route.kind === 'catalog') return 'registry:catalog:*';
  const actions: Readonly<Record<string, string>> = { GET: 'pull', HEAD: 'pull', DELETE: 'delete' };
  // Status and cancellation of an upload belong to pushing.
  const action = route.kind === 'upload' ? 'pull,push' : (actions[request.method ?? ''] ?? 'pull,push');
  return `repository:${route.repository}:${action}`;
}

function covers(granted: readonly string[], scope: string): boolean {
  const [resource, wanted] = cut(scope);
  return granted.some((g) => {
    const [name, actions] = cut(g);
    return name === resource && (actions.includes('*') || wanted.every((w) => actions.includes(w)));
  });
}

function cut(scope: string): readonly [string, readonly string[]] {
  const at = scope.lastIndexOf(':');
  return [scope.slice(0, at), scope.slice(at + 1).split(',')];
}
