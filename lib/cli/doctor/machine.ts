import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isObject } from '../../internal/json.ts';
import type { Io } from '../io.ts';
import { satisfies } from '../node-version.mjs';
import { toolkitManifest } from '../toolkit-manifest.ts';
import { type Check, error, ok, warning } from './check.ts';

const EARLIEST = Date.UTC(2026, 0, 1); // this toolkit did not exist before
const MAX_SKEW_MS = 5 * 60_000; // more, and fresh certificates are not yet, or no longer, valid
const REGISTRY_TIMEOUT_MS = 5000;

/** Node, clock, temporary folder and credentials of this machine. */
export function checkMachine(io: Io, now: Date, nodeVersion: string): readonly Check[] {
  return [
    checkNode(nodeVersion),
    checkClock(now),
    checkWritable('temporary folder', tmpdir()),
    ...checkDocker(io),
  ];
}

function checkNode(version: string): Check {
  const range = toolkitManifest().engines.node;
  if (satisfies(version, range)) return ok('node', `Node ${version.replace(/^v/, '')}`);
  return error(
    'node',
    `Node ${version} is outside ${range}`,
    'npm install --save-dev node@24, and run npx bp',
  );
}

function checkClock(now: Date): Check {
  if (now.getTime() >= EARLIEST) return ok('clock', now.toISOString());
  return error(
    'clock',
    `the clock says ${now.toISOString()}`,
    'set it: signatures and certificates carry times',
  );
}

export function checkWritable(name: string, directory: string): Check {
  try {
    accessSync(directory, constants.W_OK);
    return ok(name, `${directory} can be written`);
  } catch {
    return error(name, `${directory} cannot be written`, 'change its owner or its permissions');
  }
}

/** The credentials that pushes and pulls use: readable, JSON, and every helper it names on the PATH. */
function checkDocker(io: Io): readonly Check[] {
  const { DOCKER_CONFIG, HOME } = io.env;
  const folder = DOCKER_CONFIG ?? (HOME === undefined ? undefined : join(HOME, '.docker'));
  const file = folder === undefined ? undefined : join(folder, 'config.json');
  if (file === undefined || !existsSync(file)) {
    return [ok('credentials', 'no Docker config: registries are used anonymously')];
  }
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [error('credentials', `${file} cannot be read as JSON`, 'repair it, or log in again')];
  }
  if (!isObject(config)) return [error('credentials', `${file} is not an object`, 'log in again')];
  const helpers = new Set([
    ...(typeof config.credsStore === 'string' ? [config.credsStore] : []),
    ...Object.values(isObject(config.credHelpers) ? config.credHelpers : {}).map(String),
  ]);
  const missing = [...helpers].filter((name) => !onPath(`docker-credential-${name}`, io));
  if (missing.length === 0) return [ok('credentials', file)];
  const names = missing.map((name) => `docker-credential-${name}`).join(', ');
  return [
    error('credentials', `${file} names ${names}, not found on the PATH`, 'install it, or log in again'),
  ];
}

function onPath(command: string, io: Io): boolean {
  const folders = (io.env.PATH ?? '').split(delimiter);
  return folders.some(
    (f) => f !== '' && (existsSync(join(f, command)) || existsSync(join(f, `${command}.exe`))),
  );
}

/** Whether a registry answers, and whether its clock agrees with ours. */
export async function checkRegistry(
  host: string,
  plainHttp: boolean,
  now: () => Date,
  signal: AbortSignal,
): Promise<Check> {
  const authority = host.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const url = `${plainHttp ? 'http' : 'https'}://${authority}/v2/`;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REGISTRY_TIMEOUT_MS)]);
    const answer = await fetch(url, { signal: limit, redirect: 'manual' });
    await answer.body?.cancel();
    if (answer.status !== 200 && answer.status !== 401) {
      return error('registry', `${authority} answered ${answer.status}`, 'check that it is an OCI registry');
    }
    const theirs = Date.parse(answer.headers.get('date') ?? '');
    const skew = Math.abs(theirs - now().getTime());
    if (skew > MAX_SKEW_MS) {
      const minutes = Math.round(skew / 60_000);
      return warning(
        'registry',
        `the clock differs by ${minutes} minutes from ${authority}`,
        'synchronise it',
      );
    }
    return ok('registry', `${authority} answers${answer.status === 401 ? ', and asks for credentials' : ''}`);
  } catch (cause) {
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    return error(
      'registry',
      `${authority} cannot be reached: ${why}`,
      'check name, network, proxy, and --plain-http',
    );
  }
}
