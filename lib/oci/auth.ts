import { ToolkitError } from '../errors.ts';
import { isObject, parseJson } from '../internal/json.ts';
import { redactUrl } from '../internal/redact.ts';
import type { Clock } from '../internal/retry.ts';
import { forbiddenHop } from './address.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credential, CredentialSource } from './credentials.ts';
import type { HttpResponse } from './http.ts';
import { registryError } from './registry-error.ts';
import { mergeScopes } from './scope.ts';

const CLIENT_ID = 'openova-blueprints';
const MAX_TOKEN_ANSWER = 1024 * 1024; // 1 MiB
const DEFAULT_LIFE_S = 60; // of a token without expires_in, by the token specification
const EXPIRY_MARGIN_MS = 10_000;

/** Sends one request to a token server, with the client's retries. */
export type TokenSend = (request: {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}) => Promise<HttpResponse>;

export interface AuthenticatorOptions {
  /** Where the registry is, for the rules about other hosts. */
  readonly registry: URL;
  /** The name that credentials are kept under. */
  readonly registryName: string;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly send: TokenSend;
}

export interface AuthRequest {
  readonly repository: string;
  readonly scopes: readonly string[];
  readonly signal?: AbortSignal;
}

interface Bearer {
  readonly realm: URL;
  readonly service: string | undefined;
}

interface CachedToken {
  readonly header: string;
  readonly until: number;
}

/** The authorization of one registry: learns its scheme from the first challenge, keeps a token per set of scopes. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  #scheme: 'basic' | Bearer | undefined;
  readonly #tokens = new Map<string, Promise<CachedToken>>();
  readonly #learned = new Map<string, readonly string[]>(); // scopes that a challenge added to those we asked for

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** The Authorization header to start with; undefined before the registry has asked for one. */
  async header(request: AuthRequest): Promise<string | undefined> {
    if (this.#scheme === undefined) return undefined;
    if (this.#scheme === 'basic') return this.#basic(request);
    return this.#token(this.#scheme, request);
  }

  /**
   * Answers a 401: a header that differs from the one that was refused, or undefined if there is nothing more to try.
   */
  async challenged(
    response: HttpResponse,
    request: AuthRequest,
    refused: string | undefined,
  ): Promise<string | undefined> {
    const challenges = parseChallenges(response.headers['www-authenticate']);
    const bearer = challenges.find((c) => c.scheme === 'bearer');
    if (bearer !== undefined) {
      this.#scheme = this.#readBearer(bearer);
      const asked = (bearer.parameters.get('scope') ?? '').split(' ').filter((s) => s !== '');
      const before = this.#scopes(request);
      this.#learned.set(keyOf(request.scopes), mergeScopes(before, asked));
      const cached = await this.#tokens.get(keyOf(this.#scopes(request)))?.catch(() => undefined);
      if (cached !== undefined && cached.header === refused)
        this.#tokens.delete(keyOf(this.#scopes(request)));
    } else if (challenges.some((c) => c.scheme === 'basic')) {
      this.#scheme = 'basic';
    } else return undefined;
    const header = await this.header(request);
    return header === refused ? undefined : header;
  }

  async #basic(request: AuthRequest): Promise<string | undefined> {
    const credential = await this.#credential(request);
    return credential?.kind === 'basic' ? basicHeader(credential.username, credential.password) : undefined;
  }

  #credential(request: AuthRequest): Promise<Credential | undefined> {
    return this.#options.credentials.credential(
      this.#options.registryName,
      request.repository,
      request.signal,
    );
  }

  #scopes(request: AuthRequest): readonly string[] {
    return this.#learned.get(keyOf(request.scopes)) ?? request.scopes;
  }

  async #token(bearer: Bearer, request: AuthRequest): Promise<string> {
    const key = keyOf(this.#scopes(request));
    const running = this.#tokens.get(key);
    const cached = await running?.catch(() => undefined);
    if (cached !== undefined && cached.until > this.#options.clock.now()) return cached.header;
    // Another caller may have begun while this one waited: one request to the token server per set of scopes.
    const current = this.#tokens.get(key);
    const fresh = current !== undefined && current !== running ? current : this.#fetchToken(bearer, request);
    this.#tokens.set(key, fresh);
    fresh.catch(() => {
      if (this.#tokens.get(key) === fresh) this.#tokens.delete(key);
    });
    return (await fresh).header;
  }

  async #fetchToken(bearer: Bearer, request: AuthRequest): Promise<CachedToken> {
    const credential = await this.#credential(request);
    if (credential?.kind === 'bearer')
      return { header: `Bearer ${credential.token}`, until: Number.POSITIVE_INFINITY };
    const scopes = this.#scopes(request);
    let response =
      credential?.kind === 'identity'
        ? await this.#refresh(bearer, credential.token, scopes, request)
        : undefined;
    if (response === undefined || response.status === 404 || response.status === 405)
      response = await this.#get(bearer, credential, scopes, request);
    if (response.status !== 200) {
      throw registryError(response, {
        action: `get a token for "${this.#options.registryName}/${request.repository}" from "${redactUrl(bearer.realm)}"`,
        who: 'token server',
      });
    }
    return this.#readToken(response, bearer);
  }

  #get(
    bearer: Bearer,
    credential: Credential | undefined,
    scopes: readonly string[],
    { signal }: AuthRequest,
  ): Promise<HttpResponse> {
    const url = new URL(bearer.realm);
    if (bearer.service !== undefined) url.searchParams.set('service', bearer.service);
    for (const scope of scopes) url.searchParams.append('scope', scope);
    const headers: Record<string, string> = {};
    if (credential?.kind === 'basic')
      headers.Authorization = basicHeader(credential.username, credential.password);
    if (credential?.kind === 'identity') headers.Authorization = basicHeader('<token>', credential.token);
    return this.#options.send({
      method: 'GET',
      url,
      headers,
      maxBytes: MAX_TOKEN_ANSWER,
      ...(signal ? { signal } : {}),
    });
  }

  #refresh(
    bearer: Bearer,
    token: string,
    scopes: readonly string[],
    { signal }: AuthRequest,
  ): Promise<HttpResponse> {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: token,
      client_id: CLIENT_ID,
    });
    if (bearer.service !== undefined) form.set('service', bearer.service);
    form.set('scope', scopes.join(' '));
    return this.#options.send({
      method: 'POST',
      url: bearer.realm,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(form.toString()),
      maxBytes: MAX_TOKEN_ANSWER,
      ...(signal ? { signal } : {}),
    });
  }

  #readToken(response: HttpResponse, bearer: Bearer): CachedToken {
    const what = `the token of "${redactUrl(bearer.realm)}"`;
    let doc: unknown;
    try {
      doc = parseJson(Buffer.from(response.body).toString('utf8'), what);
    } catch {
      throw new ToolkitError('auth', `Cannot read ${what}: it is not JSON`); // without the cause: it may quote a token
    }
    const token = isObject(doc) ? (doc.token ?? doc.access_token) : undefined;
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,65536}$/.test(token))
      throw new ToolkitError('auth', `Cannot read ${what}: it has no usable token`);
    const expires = isObject(doc) && typeof doc.expires_in === 'number' ? doc.expires_in : 0;
    const life = Math.max(expires, DEFAULT_LIFE_S) * 1000 - EXPIRY_MARGIN_MS;
    return { header: `Bearer ${token}`, until: this.#options.clock.now() + life };
  }

  #readBearer(challenge: Challenge): Bearer {
    const text = challenge.parameters.get('realm') ?? '';
    const realm = URL.parse(text, this.#options.registry.href);
    const why =
      text === '' || realm === null ? 'it is not an address' : forbiddenHop(realm, this.#options.registry);
    if (realm === null || why !== undefined) {
      const shown = realm === null ? '' : ` "${redactUrl(realm)}"`;
      throw new ToolkitError(
        'auth',
        `Cannot use the token server${shown} that registry "${this.#options.registryName}" names: ${why}`,
        { remedy: 'check that the registry is the one you mean; its operator sets the realm' },
      );
    }
    return { realm, service: challenge.parameters.get('service') };
  }
}

function keyOf(scopes: readonly string[]): string {
  return scopes.join(' ');
}

function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
