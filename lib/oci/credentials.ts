/** How to prove who we are to one registry. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token, exchanged for an access token (docker's `identitytoken`). */
  | { readonly kind: 'identity'; readonly token: string }
  /** An access token that is sent as it is (docker's `registrytoken`). */
  | { readonly kind: 'bearer'; readonly token: string };

/** Where credentials come from; undefined means anonymous. */
export interface CredentialSource {
  credential(registry: string, repository: string, signal?: AbortSignal): Promise<Credential | undefined>;
}

/** Asks nobody: every registry is read and written anonymously. */
export const anonymous: CredentialSource = { credential: async () => undefined };

/** One user and password for one registry; every other one is anonymous. */
export function staticCredential(registry: string, credential: Credential): CredentialSource {
  return { credential: async (asked) => (asked === registry ? credential : undefined) };
}
