import { catalogueOf } from '../blueprint/index.ts';
import type { Router } from '../function/host/router.ts';
import type { Logger } from '../function/logger.ts';
import { blueprintRouter } from '../serve/index.ts';
import type { Carried } from './carried.ts';
import type { Cli } from './command.ts';
import { withBundles } from './serve-bundles.ts';

/** What `bp serve` says on stdout of what it serves. */
export interface Listing {
  readonly blueprints: readonly NamedVersion[];
  readonly functions: readonly NamedVersion[];
}

interface NamedVersion {
  readonly name: string;
  readonly version: string;
}

/** A router over what is carried, with signed bundles behind it, for calls of so long. */
export function bundledRouter(
  cli: Cli,
  carried: Carried,
  logger: Logger,
  callTimeoutMs: number,
): { readonly router: Router; readonly info: Listing } {
  const carriedBlueprints = [...carried.blueprints];
  const carriedFunctions = [...(carried.functions ?? [])];
  const router = blueprintRouter(carriedBlueprints, {
    catalogue: catalogueOf(carriedBlueprints),
    functions: carriedFunctions,
  });
  const blueprints = carriedBlueprints.map(({ name, version }) => ({ name, version }));
  const functions = carriedFunctions.map(({ name, version }) => ({ name, version }));
  const bundled = withBundles(cli, router, blueprints, { logger, callTimeoutMs });
  return { router: bundled, info: { blueprints, functions } };
}
