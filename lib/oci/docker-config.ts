import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isToolkitError, ToolkitError } from '../errors.ts';
import { isObject, type JsonObject, parseJson } from '../internal/json.ts';
import { type HelperRunner, runCredentialHelper } from './credential-helper.ts';
import type { Credential, CredentialSource } from './credentials.ts';

export interface DockerConfigOptions {
  /** The environment: DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, and PATH for the helpers. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  /** Runs `docker-credential-<name> get`. @default spawns it */
  readonly runHelper?: HelperRunner;
}

const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';
const MAX_CONFIG_BYTES = 1024 * 1024; // 1 MiB

/**
 * Credentials as docker, podman and their kin keep them. In each file the order is credHelpers of the host, credsStore,
 * auths; the files are `$DOCKER_CONFIG/config.json`, `$REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json`,
 * `~/.docker/config.json`, and the first one that knows the registry wins. Files are read at the first question.
 */
export function credentialsFromDockerConfig(options: DockerConfigOptions): CredentialSource {
  const runHelper = options.runHelper ?? runCredentialHelper;
  const helperAnswers = new Map<string, Promise<Credential | undefined>>();
  let configs: Promise<readonly ConfigFile[]> | undefined;
  const ask = (helper: string, server: string, signal?: AbortSignal): Promise<Credential | undefined> => {
    const key = `${helper} ${server}`;
    const running =
      helperAnswers.get(key) ??
      runHelper({ helper, server, env: options.env, ...(signal ? { signal } : {}) });
    helperAnswers.set(key, running);
    running.catch(() => helperAnswers.delete(key));
    return running;
  };
  return {
    async credential(registry, repository, signal) {
      configs ??= readConfigs(options);
      for (const config of await configs) {
        const found = await lookUp(config, registry, repository, (h, s) => ask(h, s, signal));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

interface ConfigFile {
  readonly path: string;
  readonly doc: JsonObject;
}

type Ask = (helper: string, server: string) => Promise<Credential | undefined>;

async function lookUp(
  { path, doc }: ConfigFile,
  registry: string,
  repository: string,
  ask: Ask,
): Promise<Credential | undefined> {
  const hosts = hostKeys(registry);
  const helpers = isObject(doc.credHelpers) ? doc.credHelpers : {};
  for (const host of hosts) {
    const helper = Object.hasOwn(helpers, host) ? helpers[host] : undefined;
    if (typeof helper === 'string') return ask(helper, host);
  }
  if (typeof doc.credsStore === 'string' && doc.credsStore !== '') {
    const stored = await ask(doc.credsStore, hosts[0] ?? registry);
    if (stored !== undefined) return stored;
  }
  const auths = isObject(doc.auths) ? doc.auths : {};
  for (const key of authKeys(registry, repository)) {
    const entry = Object.hasOwn(auths, key) ? auths[key] : undefined;
    const credential = isObject(entry) ? fromAuth(entry, `"${path}" auths["${key}"]`) : undefined;
    if (credential !== undefined) return credential;
  }
  return undefined;
}

function hostKeys(registry: string): readonly string[] {
  return /^(?:registry-1\.|index\.)?docker\.io$/.test(registry)
    ? [DOCKER_HUB_KEY, 'docker.io', registry]
    : [registry];
}

/** Most specific first: containers' auth.json may name `host/namespace`; docker once wrote URLs. */
function authKeys(registry: string, repository: string): readonly string[] {
  const parts = repository.split('/');
  const paths = parts.map((_, i) => `${registry}/${parts.slice(0, parts.length - i).join('/')}`);
  const hosts = hostKeys(registry).flatMap((h) => [
    h,
    `https://${h}`,
    `https://${h}/`,
    `https://${h}/v1/`,
    `https://${h}/v2/`,
  ]);
  return [...paths, ...hosts];
}

function fromAuth(entry: JsonObject, what: string): Credential | undefined {
  if (typeof entry.registrytoken === 'string' && entry.registrytoken !== '')
    return { kind: 'bearer', token: entry.registrytoken };
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '')
    return { kind: 'identity', token: entry.identitytoken };
  if (typeof entry.auth === 'string' && entry.auth !== '') {
    const pair = Buffer.from(entry.auth, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon < 1) throw new ToolkitError('auth', `Cannot read ${what}: it is not base64 of "user:password"`);
    return {
      kind: 'basic',
      username: pair.slice(0, colon),
      password: pair.slice(colon + 1).replace(/\0+$/, ''),
    };
  }
  if (typeof entry.username === 'string' && typeof entry.password === 'string' && entry.username !== '')
    return { kind: 'basic', username: entry.username, password: entry.password };
  return undefined;
}

async function readConfigs(options: DockerConfigOptions): Promise<readonly ConfigFile[]> {
  const { DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR } = options.env;
  const paths = [
    DOCKER_CONFIG ? join(DOCKER_CONFIG, 'config.json') : undefined,
    REGISTRY_AUTH_FILE || undefined,
    XDG_RUNTIME_DIR ? join(XDG_RUNTIME_DIR, 'containers', 'auth.json') : undefined,
    join(options.homeDir, '.docker', 'config.json'),
  ];
  const files = await Promise.all(paths.filter((p) => p !== undefined).map(readConfig));
  return files.filter((f) => f !== undefined);
}

async function readConfig(path: string): Promise<ConfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined; // absent, or not ours to read: the next place may have it
  }
  try {
    const doc = parseJson(text, `"${path}"`, { maxBytes: MAX_CONFIG_BYTES });
    if (isObject(doc)) return { path, doc };
  } catch (error) {
    // The parser's cause quotes the text, which holds secrets: it is left behind on purpose.
    if (isToolkitError(error))
      throw new ToolkitError('auth', error.message, { remedy: 'repair or remove the file' });
    throw error;
  }
  throw new ToolkitError('auth', `Cannot read "${path}": it is not a JSON object`);
}
