import { ToolkitError } from '../../errors.ts';
import { XR_SPEC_FIELDS } from '../../generate/xrd.ts';
import { listAt } from '../../render/objects.ts';
import type { OutputOptions } from '../../render/output.ts';
import type { RenderResult } from '../../render/result.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { FunctionStarter } from '../render/function-starter.ts';
import type { PreparedRender } from '../render/input.ts';
import { configureRender, type RenderOptions } from '../render/options.ts';

export const command: CliCommand<RenderOptions> = {
  configure: configureRender,
  examples: [
    'bp render examples/small.yaml                     the Blueprint of its kind in this project',
    'bp render examples/small.yaml --until-ready       as it grows on a platform where all it builds on is ready',
    'bp render examples/small.yaml --watch             again after each save',
    'bp render xr.yaml -o yaml | kubectl diff -f -     only the objects, as crossplane composition render prints them',
    'bp render xr.yaml composition.yaml functions.yaml other functions, by the address in their annotations',
    'bp render xr.yaml composition.yaml --function "function-auto-ready=go run ./auto-ready"   started for this render',
    'bp render xr.yaml --observed-resources observed/ -r',
  ],
  async run(cli: Cli, args: readonly string[], options: RenderOptions): Promise<ExitCode | undefined> {
    refuseIdleOptions(options);
    if (options.watch && args[0] === '-') throw new ToolkitError('usage', 'Cannot watch stdin: name a file');
    if (options.function === undefined) return run(cli, args, options);
    const { FunctionStarter } = await import('../render/function-starter.ts');
    const starter = new FunctionStarter(cli, options.function);
    try {
      return await run(cli, args, options, starter);
    } finally {
      await starter.stop();
    }
  },
};

async function run(
  cli: Cli,
  args: readonly string[],
  options: RenderOptions,
  starter?: FunctionStarter,
): Promise<ExitCode> {
  const show = async (quiet: Cli): Promise<ExitCode> => {
    try {
      return await render(quiet, args, options, starter);
    } catch (error) {
      // A program that reads our errors expects one object of JSON.
      if (cli.output === 'human') for (const line of starter?.tail ?? []) quiet.note(quiet.paint.dim(line));
      throw error;
    }
  };
  if (!options.watch) return show(cli);
  const { namedFiles } = await import('../render/named-files.ts');
  const { watchRender } = await import('../render/watch.ts');
  return watchRender(cli, namedFiles(args, options), show);
}

async function render(
  cli: Cli,
  args: readonly string[],
  options: RenderOptions,
  starter: FunctionStarter | undefined,
): Promise<ExitCode> {
  const { prepareRender } = await import('../render/input.ts');
  const prepared = await prepareRender(cli, args, options, starter);
  noteDropped(cli, prepared);
  try {
    return await (options.untilReady
      ? untilReady(cli, prepared, args[0] ?? '')
      : once(cli, prepared, args[0] ?? '', options));
  } catch (error) {
    if (!prepared.timeout.aborted) throw error;
    throw new ToolkitError('limit', `Cannot render "${args[0]}": it took longer than ${options.timeout}`, {
      cause: error,
      remedy: 'is every function up? give it more with --timeout',
    });
  } finally {
    prepared.close();
  }
}

/** One reconcile. */
async function once(
  cli: Cli,
  prepared: PreparedRender,
  file: string,
  options: RenderOptions,
): Promise<ExitCode> {
  const { input, xr } = prepared;
  const { formatObjects, formatSummary, renderComposite, renderedObjects, renderYaml } = await import(
    '../../render/index.ts'
  );
  const { applyXrdDefaults } = await import('../../render/defaults.ts');
  const { compositionFor: _, ...reconcile } = input;
  const { xrd } = input;
  const result = await renderComposite(reconcile);
  if (result.failure !== undefined) {
    const { renderFailure } = await import('../render/broken-xr.ts');
    throw await renderFailure(cli, prepared, file, result.failure.message);
  }
  const output: OutputOptions = {
    ...(options.includeFullXr && { fullXr: xrd === undefined ? xr : applyXrdDefaults(xr, xrd) }),
    includeFunctionResults: options.includeFunctionResults === true,
    includeContext: options.includeContext === true,
  };
  if (cli.output === 'json') {
    cli.emit({ apiVersion: 'v1', kind: 'List', items: renderedObjects(result, output) }, String);
  } else if (cli.output === 'yaml') cli.print(renderYaml(result, output));
  else cli.print(formatSummary(result, cli.paint) + formatObjects(result, output, cli.paint));
  noteUsages(
    cli,
    result.composed.map((c) => c.object),
  );
  if (isHeldBack(result)) {
    cli.note(
      'hint: nothing is composed before what it builds on is ready; --until-ready supposes that it is, ' +
        '--required-resources says what is there',
    );
  }
  return EXIT.ok;
}

function isHeldBack(result: RenderResult): boolean {
  const conditions = listAt(result.composite, 'status', 'conditions');
  return (
    result.composed.length === 0 &&
    conditions.some((c) => c.type === 'DependenciesReady' && c.status !== 'True')
  );
}

/** Until a simulated cluster is quiet. */
async function untilReady(cli: Cli, prepared: PreparedRender, file: string): Promise<ExitCode> {
  const { input } = prepared;
  const { formatRound, formatSettled, settle } = await import('../../render/index.ts');
  const human = cli.output === 'human';
  const result = await settle(input, {
    onRound: (round) => {
      if (human) cli.print(formatRound(round, cli.paint));
    },
  });
  for (const { failure } of result.reconciles.values()) {
    if (failure === undefined) continue;
    const { renderFailure } = await import('../render/broken-xr.ts');
    throw await renderFailure(cli, prepared, file, failure.message);
  }
  if (cli.output === 'yaml') {
    const { formatYaml } = await import('../../internal/yaml.ts');
    cli.print(result.objects.map((object) => `---\n${formatYaml(object)}`).join(''));
  } else {
    const { settled, ready, waitingFor, objects, rounds } = result;
    cli.emit({ settled, ready, rounds: rounds.length, waitingFor, objects }, () =>
      formatSettled(result, cli.paint),
    );
  }
  noteUsages(cli, result.objects);
  // What never comes to rest is no more done than what is not ready.
  return result.ready && result.settled ? EXIT.ok : EXIT.failed;
}

/** The apiserver drops what the XRD does not know, and says so to kubectl alone. */
function noteDropped(cli: Cli, { xr, own }: PreparedRender): void {
  if (own === undefined) return;
  const spec = typeof xr.spec === 'object' && xr.spec !== null ? xr.spec : {};
  for (const field of Object.keys(spec)) {
    if (XR_SPEC_FIELDS.has(field)) continue;
    cli.note(
      `warning: spec.${field.slice(0, 100)} is no field of ${own.blueprint.kind}: the apiserver drops it`,
    );
  }
}

/** An option that would do nothing is a misunderstanding. */
function refuseIdleOptions(options: RenderOptions): void {
  if (!options.untilReady) return;
  const idle = [
    options.includeFullXr && '--include-full-xr',
    options.includeFunctionResults && '--include-function-results',
    options.includeContext && '--include-context',
  ].find((name) => name);
  if (idle === undefined) return;
  throw new ToolkitError('usage', `Cannot use ${idle} with --until-ready: it prints the whole cluster`);
}

/** A Usage does nothing by itself where webhooks are off or the XR is deleted in the background. */
function noteUsages(cli: Cli, composed: readonly { readonly kind?: unknown }[]): void {
  if (!composed.some((o) => o.kind === 'Usage' || o.kind === 'ClusterUsage')) return;
  cli.note(
    'hint: its Usages hold back deletion only where Crossplane runs with webhooks, and the XR is deleted with --cascade=foreground',
  );
}
