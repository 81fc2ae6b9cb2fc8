import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { HostOptions } from '../../function/host/host.ts';
import { createJsonLogger, type Logger } from '../../function/logger.ts';
import type { Carried } from '../carried.ts';
import { tuneCollector } from '../collector.ts';
import type { Cli, CliCommand } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { ServeWorkerData } from '../serve-worker.ts';
import type { Listing } from '../served-router.ts';
import { composingThread, threadCode } from '../start/first-thread.ts';
import { tracingFromEnv } from '../tracing-env.ts';
import { untilStopped } from '../until-stopped.ts';

export interface ServeOptions {
  readonly address: string;
  readonly tlsCertsDir?: string;
  readonly tlsServerCertsDir?: string;
  readonly insecure?: boolean;
  readonly metricsAddress: string;
  readonly maxRecvMessageSize: string;
  readonly maxSendMessageSize: string;
  readonly maxConnections: string;
  readonly ttl: string;
  readonly timeout: string;
  readonly grace: string;
  readonly workers: string;
  readonly workerHeap: string;
  readonly cacheSize: string;
  readonly captureDir?: string;
  readonly blueprints?: string;
  readonly debug?: boolean;
}

export const command: CliCommand<ServeOptions> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Runs the function host: every Blueprint of the project in one process, chosen by the input of the ' +
          'Composition’s step, and the resource functions below functions/. Prints one line of JSON on stdout once it ' +
          'listens; logs are JSON on stderr. A version that the project does not have is loaded from its signed package, if ' +
          'the trust policy $BP_TRUST_POLICY (default: /etc/blueprints/trust.yaml) allows it, and kept in $BP_CACHE_DIR. ' +
          'Where OTEL_EXPORTER_OTLP_ENDPOINT is set, each call becomes a span there (OTLP/HTTP in JSON). ' +
          'SIGTERM ends it after the calls in flight. Flags that it does not know are warned about, not refused: a runtime ' +
          'config written for another version must not kill the pod.',
      )
      .option('--address <address>', 'where to listen: :port, host:port or unix:///path', ':9443')
      .option('--tls-certs-dir <dir>', 'tls.crt, tls.key and ca.crt (default: $TLS_SERVER_CERTS_DIR)')
      .option('--tls-server-certs-dir <dir>', 'the same, as the TypeScript SDK spells it')
      .option('--insecure', 'serve without TLS; wins over certificates')
      .option('--metrics-address <address>', '/metrics, /healthz and /readyz; "" for none', ':8080')
      .option('--max-recv-message-size <mb>', 'largest request, in MiB', '4')
      .option(
        '--max-send-message-size <mb>',
        'largest response, in MiB; Crossplane takes no more than 4',
        '4',
      )
      .option('--max-connections <n>', 'beyond, the one that does least makes room for the next', '1000')
      .option('--ttl <duration>', 'written where a Blueprint names no ttl', '10m')
      .option('--timeout <duration>', 'wall clock of one call', '30s')
      .option(
        '--workers <n>',
        'threads that compose; one more beside each that is stuck. 0: the one that listens',
        defaultWorkers(),
      )
      .option('--worker-heap <mb>', 'heap of each such thread, in MiB', '256')
      .option('--cache-size <mb>', 'memory for answers to what has not changed, in MiB; 0 for none', '32')
      .option('--capture-dir <dir>', 'keep requests there, without secrets, for bp replay')
      .option('--grace <duration>', 'how long a stop waits for calls in flight', '10s')
      .option('--blueprints <dir>', 'serve the project around this folder')
      .option('-d, --debug', 'log every call')
      .allowUnknownOption()
      .allowExcessArguments(),
  examples: [
    'bp serve --insecure                              for a first look, and for crossplane composition render',
    'bp serve --tls-certs-dir /tls/server             as Crossplane runs it',
    'bp serve --insecure --address 127.0.0.1:0 --metrics-address ""   any free port, told on stdout',
  ],
  run: (cli, args, options) => {
    const directory = directoryOf(cli, options);
    return serve(cli, args, options, (logger) => loadFromProject(directory, logger), { directory });
  },
};

/** What the project around a folder has to serve. Late: where threads compose, this one never asks. */
export async function loadFromProject(directory: string, logger: Logger): Promise<Carried> {
  const { projectCarried } = await import('../project-carried.ts');
  return projectCarried(directory, logger);
}

/** Where threads find what they serve: a project's folder, or the modules of a bundled host. */
export type Threads = { readonly directory: string } | NonNullable<Carried['threads']>;

function directoryOf(cli: Cli, options: ServeOptions): string {
  return options.blueprints === undefined ? cli.directory : cli.path(options.blueprints);
}

/** One core is left to the thread that listens. */
function defaultWorkers(): string {
  return String(Math.min(8, Math.max(1, availableParallelism() - 1)));
}

/**
 * Serves until the process is told to stop. `threads` says where a thread finds what `load` gives: without it, there are
 * none.
 */
export async function serve(
  cli: Cli,
  args: readonly string[],
  options: ServeOptions,
  load: (logger: Logger) => Promise<Carried>,
  threads?: Threads,
): Promise<ExitCode> {
  const logger = createJsonLogger({
    write: (line) => cli.note(line),
    level: options.debug ? 'debug' : 'info',
  });
  if (args.length > 0) logger.log('warn', 'Flags ignored: not known to this version', { flags: args });
  const { tracing, refusal } = tracingFromEnv(cli.io.env);
  if (refusal !== undefined) logger.log('warn', 'No traces', { reason: refusal });
  const settings = hostOptions(cli, options); // before anything is loaded: a slip is answered at once
  const engine = await served(cli, options, logger, load, threads);
  let collect: ((received: number) => void) | undefined;
  const { createHost } = await import('../../function/host/host.ts'); // while the thread loads what is served
  const host = await createHost({
    ...settings,
    ...(tracing === undefined ? {} : { tracing }),
    ...engine,
    logger,
    onReceived: (bytes) => collect?.(bytes),
  }).catch(async (error: unknown) => {
    await engine.workers?.first?.worker.terminate();
    throw error;
  });
  const stopped = untilStopped(cli); // before the line is out, after which anybody may signal
  const { blueprints, functions } = host.info as Listing;
  const { port, metricsPort } = host;
  const tls = settings.insecure !== true;
  cli.print(
    `${JSON.stringify({ listening: true, address: options.address, port, metricsPort, tls, blueprints, functions })}\n`,
  );
  if (engine.workers !== undefined) collect = tuneCollector();
  await stopped;
  await host.stop(parseDuration(options.grace, '--grace'));
  return EXIT.ok;
}

function hostOptions(cli: Cli, options: ServeOptions): Omit<HostOptions, 'handlers' | 'logger'> {
  const directory = options.tlsCertsDir ?? options.tlsServerCertsDir ?? cli.io.env.TLS_SERVER_CERTS_DIR ?? '';
  if (!options.insecure && directory === '') {
    throw new ToolkitError('usage', 'Cannot serve: no certificates were named', {
      remedy: 'give --tls-certs-dir DIR or TLS_SERVER_CERTS_DIR, or --insecure to do without on purpose',
    });
  }
  parseDuration(options.grace, '--grace');
  return {
    address: options.address,
    ...(options.insecure ? { insecure: true } : { tls: { directory: cli.path(directory) } }),
    ...(options.metricsAddress === '' ? {} : { metricsAddress: options.metricsAddress }),
    maxReceiveMb: megabytes(options.maxRecvMessageSize, '--max-recv-message-size'),
    maxConnections: Math.max(1, count(options.maxConnections, '--max-connections', MAX_CONNECTIONS)),
    maxSendMb: megabytes(options.maxSendMessageSize, '--max-send-message-size'),
    defaultTtlSeconds: Math.ceil(parseDuration(options.ttl, '--ttl') / 1000),
    timeoutMs: parseDuration(options.timeout, '--timeout'),
    ...(options.captureDir === undefined ? {} : { captureDirectory: cli.path(options.captureDir) }),
    cacheMb: count(options.cacheSize, '--cache-size', MAX_MESSAGE_MB),
  };
}

function count(text: string, option: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new ToolkitError('usage', `Cannot read ${option} "${text.slice(0, 50)}": write 0 to ${most}`);
}

const MAX_CONNECTIONS = 100_000;
const MAX_MESSAGE_MB = 1024; // protobuf itself ends at 2 GiB

function megabytes(text: string, option: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= MAX_MESSAGE_MB) return value;
  throw new ToolkitError(
    'usage',
    `Cannot read ${option} "${text.slice(0, 50)}": write 1 to ${MAX_MESSAGE_MB} (MiB)`,
  );
}

async function served(
  cli: Cli,
  options: ServeOptions,
  logger: Logger,
  load: (logger: Logger) => Promise<Carried>,
  threads: Threads | undefined,
): Promise<Pick<HostOptions, 'handlers' | 'workers' | 'info'>> {
  const max = count(options.workers, '--workers', 64);
  const callTimeoutMs = parseDuration(options.timeout, '--timeout');
  if (max === 0 || threads === undefined) {
    const { bundledRouter } = await import('../served-router.ts');
    const { info, router } = bundledRouter(cli, await load(logger), logger, callTimeoutMs);
    return { handlers: router, info };
  }
  const { env, cwd, bundle, thread } = cli.io;
  const code = 'module' in threads ? threads : threadCode(bundle !== undefined);
  const data: ServeWorkerData = {
    directory: 'directory' in threads ? threads.directory : '',
    env: { ...env },
    cwd,
    base: cli.directory,
    debug: options.debug === true,
    callTimeoutMs,
  };
  const workers = { ...code, data, max, heapMb: megabytes(options.workerHeap, '--worker-heap') };
  return { workers: { ...workers, first: thread ?? composingThread(workers) } };
}
