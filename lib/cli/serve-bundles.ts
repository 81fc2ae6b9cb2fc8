import { homedir } from 'node:os';
import type { Logger, Meter, Router } from '../function/index.ts';
import type { BundleEvent } from '../serve/bundles/index.ts';
import type { Cli } from './command.ts';

// A load is part of the call that asks for it. It gives up well before the call does: a call that overruns is held
// against the Blueprint, which a registry that is gone must not be.
const LOAD_SHARE = 2 / 3;
const MAX_LOAD_MS = 20_000;

export interface BundleOptions {
  readonly logger: Logger;
  /** Wall clock of one call. */
  readonly callTimeoutMs: number;
}

/**
 * The host's router with signed bundles behind it: `BP_TRUST_POLICY` says whom to believe, `BP_CACHE_DIR` where what
 * was verified is kept (nowhere, if unset), docker's configuration how to sign in.
 */
export function withBundles(
  cli: Cli,
  local: Router,
  blueprints: readonly { readonly name: string; readonly version: string }[],
  options: BundleOptions,
): Router {
  const carried = new Set(blueprints.map((b) => `${b.name} ${b.version}`));
  const carries = (name: string, version: string): boolean => carried.has(`${name} ${version}`);
  let whole: Promise<Router> | undefined;
  let ready: Router | undefined;
  let meter: Meter | undefined;
  return {
    meter: (given) => {
      meter = given;
    },
    resolve(input) {
      if (input.bundle === undefined || carries(input.name, input.version)) return local.resolve(input);
      if (ready !== undefined) return ready.resolve(input);
      // Late: registry client and verifier cost memory, and most hosts carry all that is asked of them.
      whole ??= open(cli, local, carries, options, meter).then((router) => {
        ready = router;
        return router;
      });
      return whole.then((router) => router.resolve(input));
    },
  };
}

async function open(
  cli: Cli,
  local: Router,
  carries: (name: string, version: string) => boolean,
  { logger, callTimeoutMs }: BundleOptions,
  meter: Meter | undefined,
): Promise<Router> {
  const { BundleCache, BundleStore, bundleRouter, countBundle, DEFAULT_TRUST_POLICY, readTrust } =
    await import('../serve/bundles/index.ts');
  const { credentialsFromDockerConfig, RemoteClient } = await import('../oci/index.ts');
  const { env } = cli.io;
  const policy = cli.path(nonEmpty(env.BP_TRUST_POLICY) ?? DEFAULT_TRUST_POLICY);
  const cacheDir = nonEmpty(env.BP_CACHE_DIR);
  const client = new RemoteClient({
    credentials: credentialsFromDockerConfig({ env, homeDir: env.HOME ?? homedir() }),
  });
  const store = new BundleStore({
    trust: () => readTrust(policy),
    open: (repository) => client.target(repository),
    ...(cacheDir === undefined ? {} : { cache: new BundleCache(cli.path(cacheDir)) }),
    onEvent: (event) => {
      log(logger, event);
      if (meter !== undefined) countBundle(meter, event);
    },
    timeoutMs: Math.min(MAX_LOAD_MS, Math.floor(callTimeoutMs * LOAD_SHARE)),
  });
  return bundleRouter({ local, carries, store });
}

const LOGGED = {
  loaded: ['info', 'Bundle loaded'],
  refused: ['warn', 'Bundle refused'],
  evicted: ['info', 'Bundle let go'],
  'not-cached': ['warn', 'Bundle not kept on disk'],
} as const;

function log(logger: Logger, event: BundleEvent): void {
  const { type, bundle, ...rest } = event;
  const [level, message] = LOGGED[type];
  logger.log(level, message, { ...bundle, ...rest });
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
