import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRouter, createRunner, type Host } from '../../lib/function/index.ts';
import { getPath, type Json, type JsonObject } from '../../lib/internal/json.ts';
import { hostFunction, type RenderResult, renderComposite } from '../../lib/render/index.ts';
import { findRenderTool, missingRenderTools } from '../support/render-tools.ts';
import { type EngineOutput, runEngine, startScriptHost } from './support/engine.ts';
import {
  FUNCTIONS,
  type RenderCase,
  renderCases,
  SCRIPT_NAME,
  SCRIPT_VERSION,
  STRESSES,
  type Stress,
} from './support/render-corpus.ts';
import { playScript } from './support/script.ts';
import { differing, distinct, inPairs, nameless, sorted, timeless } from './support/verdict.ts';

const SEED = Number(process.env.BP_RENDER_SEED ?? 20_251);
const EACH = Number(process.env.BP_RENDER_CASES ?? 30); // eight stresses: 240 cases
const SHOWN = 20;

const missing = missingRenderTools('crossplane');

const script = hostFunction(
  createRunner({
    router: createRouter([
      { kind: 'function', name: SCRIPT_NAME, version: SCRIPT_VERSION, compose: playScript },
    ]),
  }),
);

/** What our renderer made of a case: a result, or its refusal. */
async function ours(one: RenderCase): Promise<RenderResult | { readonly refused: string }> {
  const { xr, composition, xrd, observed, required, schemas, credentials, context } = one;
  try {
    return await renderComposite({
      composite: xr,
      composition,
      ...(xrd && { xrd }),
      functions: new Map(FUNCTIONS.map((name) => [name, script])),
      observed,
      required,
      requiredSchemas: schemas,
      credentials,
      ...(context && { context }),
      scopeOf: () => undefined,
    });
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

/** Where the engine and we disagree about a case. */
function verdict(
  engine: EngineOutput,
  result: RenderResult | { readonly refused: string },
): readonly string[] {
  if ('refused' in result)
    return engine.exit === 1 ? [] : [`exit ${engine.exit}, ours refused: ${result.refused}`];
  const { failure } = result;
  const exit = failure === undefined ? 0 : failure.result ? 3 : 1;
  if (engine.exit !== exit)
    return [`exit ${engine.exit} ≠ ours ${exit}: ${engine.stderr} ${failure?.message ?? ''}`];
  if (exit === 1) {
    const message = `cannot compose resources: ${failure?.message}`;
    return nameless(engine.stderr).includes(nameless(message))
      ? []
      : [`"${engine.stderr.trim()}" lacks ours "${message}"`];
  }
  return [
    ...differing(timeless(engine.composite ?? null), timeless(result.composite), 'xr'),
    ...differing(sorted(engine.composed), sorted(result.composed.map((c) => c.object)), 'composed'),
    ...differing(sorted(engine.deleted), sorted(result.deleted), 'deleted'),
    ...differing(
      sorted(engine.events.map((e) => ({ ...e }))),
      sorted(result.events.map(({ type, reason, message }) => ({ type, reason, message }))),
      'events',
    ),
    ...differing(distinct(engine.askedResources), asked(result.requirements.resources), 'asked'),
    ...differing(distinct(engine.askedSchemas), asked(result.requirements.schemas), 'asked schemas'),
  ];
}

type Rendered = Awaited<ReturnType<typeof ours>>;

/** What a case of each stress is made to show; a corpus that seldom does so would prove little. */
const SHOWS: Readonly<Record<Stress, (result: RenderResult) => boolean>> = {
  loops: ({ steps, failure }) =>
    steps.some((s) => s.calls > 1) || failure?.message.includes('stabilize') === true,
  context: ({ steps }) => steps.some((s) => s.context === undefined || Object.keys(s.context).length > 1),
  observed: ({ deleted, composed }) => deleted.length > 0 || composed.some((c) => c.exists),
  talk: ({ steps, failure }) => failure !== undefined || steps.some((s) => s.results.length > 0),
  names: ({ composed, failure }) =>
    failure !== undefined ||
    composed.some((c) => getPath(c.object, ['metadata', 'generateName']) !== undefined),
  status: ({ steps }) => steps.some((s) => s.desired.composite?.ready !== 'unspecified'),
  secrets: ({ steps, failure }) =>
    failure !== undefined ||
    steps.some((s) => JSON.stringify(s.desired.composite?.object).includes('"czNjcjN0"')),
  mixed: ({ steps }) => steps.length > 1,
};

const shows = (stress: Stress, result: Rendered): boolean => !('refused' in result) && SHOWS[stress](result);

/** Selectors as protobuf's JSON has them. */
function asked(list: readonly { readonly selector: object }[]): readonly Json[] {
  return distinct(
    list.map(({ selector }) => {
      const { matchLabels, ...rest } = selector as JsonObject;
      if (matchLabels === undefined) return rest;
      const labels = Object.keys(matchLabels as JsonObject).length === 0 ? {} : { labels: matchLabels };
      return { ...rest, matchLabels: labels };
    }),
  );
}

describe.skipIf(missing)("the core's own render engine and ours agree", () => {
  let host: Host;
  beforeAll(async () => {
    host = await startScriptHost();
  });
  afterAll(async () => {
    await host?.stop();
  });

  test.for(STRESSES)('%s', async (stress) => {
    const core = findRenderTool('crossplane') ?? '';
    const found: string[] = [];
    let showing = 0;
    await inPairs(renderCases(stress, EACH, SEED), async (one, index) => {
      const [engine, result] = await Promise.all([runEngine(core, one, host.port), ours(one)]);
      if (shows(stress, result)) showing += 1;
      for (const line of verdict(engine, result)) found.push(`${stress} ${SEED}/${index} ${line}`);
    });
    expect(found.sort().slice(0, SHOWN)).toEqual([]);
    expect(showing, `cases that show ${stress}`).toBeGreaterThan(EACH / 6);
  });
});
