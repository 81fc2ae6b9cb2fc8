import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ToolkitError } from '../errors.ts';
import type { Handler } from '../function/host/router.ts';
import type { Logger } from '../function/logger.ts';
import type { ComposeFunction } from '../function/protocol.ts';
import { hostSdkHandler, type SdkFunctionHandler } from '../function/sdk.ts';

const DEFINITION = 'function.ts';
const DEFAULT_VERSION = '1.0.0';

interface FunctionModule {
  readonly default?: unknown;
  readonly version?: unknown;
}

/**
 * The resource functions of a project: the default export of each `functions/<name>/function.ts`, a compose function
 * or a handler written for `@crossplane-org/function-sdk-typescript`. A module says its version by exporting `version`.
 * @throws ToolkitError `invalid` naming the file
 */
export async function loadFunctions(root: string, logger?: Logger): Promise<readonly Handler[]> {
  const folder = join(root, 'functions');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, DEFINITION)));
  return Promise.all(names.sort().map((name) => loadFunction(folder, name, logger)));
}

async function loadFunction(folder: string, name: string, logger: Logger | undefined): Promise<Handler> {
  const place = `functions/${name}/${DEFINITION}`;
  const refuse = (state: string, cause?: unknown): ToolkitError =>
    new ToolkitError('invalid', `Cannot load "${place}": ${state}`, {
      place,
      ...(cause === undefined ? {} : { cause }),
    });
  let module: FunctionModule;
  try {
    module = (await import(pathToFileURL(join(folder, name, DEFINITION)).href)) as FunctionModule;
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { default: exported, version = DEFAULT_VERSION } = module;
  if (typeof version !== 'string') throw refuse('its "version" is not a string');
  const compose = composeOf(exported, logger);
  if (compose === undefined) throw refuse('its default export is neither a function nor an SDK handler');
  return { kind: 'function', name, version, compose };
}

function composeOf(exported: unknown, logger: Logger | undefined): ComposeFunction | undefined {
  if (typeof exported === 'function') return exported as ComposeFunction;
  if (!isSdkHandler(exported)) return undefined;
  return hostSdkHandler(exported, logger === undefined ? {} : { logger });
}

function isSdkHandler(value: unknown): value is SdkFunctionHandler {
  return (
    typeof value === 'object' &&
    value !== null &&
    'RunFunction' in value &&
    typeof value.RunFunction === 'function'
  );
}
