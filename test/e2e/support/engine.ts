import { spawn } from 'node:child_process';
import { buffer, text } from 'node:stream/consumers';
import { createHost, createRouter, type Host } from '../../../lib/function/index.ts';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { FUNCTIONS, type RenderCase, SCRIPT_NAME, SCRIPT_VERSION, scriptStep } from './render-corpus.ts';
import { playScript } from './script.ts';
import { Message, message, struct } from './wire.ts';

/** What the core's own engine made of a case. */
export interface EngineOutput {
  /** 0: done; 3: a function said FATAL, and the rest is what there was until then; else nothing is left. */
  readonly exit: number | null;
  readonly stderr: string;
  readonly composite: JsonObject | undefined;
  readonly composed: readonly JsonObject[];
  readonly deleted: readonly JsonObject[];
  readonly events: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
  readonly askedResources: readonly JsonObject[];
  readonly askedSchemas: readonly JsonObject[];
}

/** Serves the scripted function without TLS, as render engines call it. */
export function startScriptHost(): Promise<Host> {
  const handlers = [
    { kind: 'function' as const, name: SCRIPT_NAME, version: SCRIPT_VERSION, compose: playScript },
  ];
  return createHost({
    handlers: createRouter(handlers),
    insecure: true,
    address: '127.0.0.1:0',
    cacheMb: 0,
  });
}

const SEED = 'seed';

/** The engine knows no context from outside: a first step brings it, as Crossplane's CLI does. */
function seeded(composition: JsonObject, context: JsonObject | undefined): JsonObject {
  if (context === undefined) return composition;
  const spec = composition.spec as { readonly pipeline: readonly JsonObject[] };
  const seed = scriptStep(SEED, FUNCTIONS[0], {
    step: SEED,
    by: 'calls',
    answers: [{ context }],
    uncounted: true,
  });
  return { ...composition, spec: { ...spec, pipeline: [seed, ...spec.pipeline] } };
}

/** Runs `crossplane internal render` of a core binary. */
export async function runEngine(core: string, one: RenderCase, port: number): Promise<EngineOutput> {
  const many = (number: number, objects: readonly JsonObject[]) =>
    objects.map((object) => [number, struct(object)] as const);
  const input = message([
    [1, struct(withDefaults(one))],
    [2, struct(seeded(one.composition, one.context))],
    ...FUNCTIONS.map((name) => [3, functionInput(name, `127.0.0.1:${port}`)] as const),
    ...many(4, one.observed),
    ...many(5, one.required),
    ...many(6, one.credentials),
    ...many(7, one.schemas),
    [8, one.xrd && struct(one.xrd)],
  ]);
  const child = spawn(core, ['internal', 'render'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  child.stdin.end(message([[2, input]]));
  const [out, stderr, exit] = await Promise.all([buffer(child.stdout), text(child.stderr), ended]);
  const composite = new Message(new Message(out).bytes(2));
  return {
    exit,
    stderr,
    composite: composite.structs(1)[0],
    composed: composite.structs(2),
    deleted: composite.structs(3),
    events: composite.all(4).map((bytes) => {
      const event = new Message(bytes);
      return { type: event.text(1), reason: event.text(2), message: event.text(3) };
    }),
    askedResources: composite.structs(5),
    askedSchemas: composite.structs(6),
  };
}

/** Crossplane's CLI fills in the XRD's defaults before it starts the engine; the corpus has one. */
function withDefaults({ xr, xrd }: RenderCase): JsonObject {
  if (xrd === undefined) return xr;
  return { ...xr, spec: { ...(xr.spec as JsonObject), region: 'eu' } };
}

function functionInput(name: string, address: string): Buffer {
  return message([
    [1, name],
    [2, address],
  ]);
}
