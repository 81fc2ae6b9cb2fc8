import type { ComposeFunction, FunctionRequest, ResourceView } from '../../../lib/function/index.ts';
import { getPath, isObject, type JsonObject } from '../../../lib/internal/json.ts';
import { timeless } from './verdict.ts';
import { mapFields, message, struct } from './wire.ts';

// One function for every generated pipeline: the step's input says, call by call, what it answers. It writes its
// answers with a wire format of its own, so that it can say what ours never would.

export type WireReady = 'unspecified' | 'true' | 'false';

export interface ScriptResource {
  readonly object: JsonObject;
  readonly ready?: WireReady;
  /** Values are text. */
  readonly connection?: Readonly<Record<string, string>>;
}

export interface ScriptSelector {
  readonly apiVersion: string;
  readonly kind: string;
  readonly matchName?: string;
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly namespace?: string;
}

type Selectors = Readonly<Record<string, ScriptSelector>>;

/** What the function says to one call. */
export interface Answer {
  /** `drop`: no desired state at all; `replace`: only what is named here. @default keep what came */
  readonly desired?: 'drop' | 'replace';
  readonly resources?: Readonly<Record<string, ScriptResource>>;
  readonly removed?: readonly string[];
  readonly composite?: ScriptResource;
  readonly results?: readonly {
    readonly severity: number;
    readonly message: string;
    readonly reason?: string;
    readonly target?: number;
  }[];
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: number;
    readonly reason: string;
    readonly message?: string;
    readonly target?: number;
  }[];
  readonly context?: JsonObject;
  /** The context is left out of the answer. */
  readonly forget?: boolean;
  readonly requirements?: {
    readonly resources?: Selectors;
    readonly extraResources?: Selectors;
    readonly schemas?: Selectors;
  };
  readonly ttlSeconds?: number;
  /** Writes all that the call brought into the XR's status. */
  readonly echo?: boolean;
}

export interface Script {
  /** What to call itself in the context and in the echo. */
  readonly step: string;
  /** What picks the answer: calls of this step so far (the context remembers them), or how much was resolved. */
  readonly by: 'calls' | 'resolved';
  /** The last one answers every call after it. */
  readonly answers: readonly Answer[];
  /** Leaves no trace of its calls in the context. */
  readonly uncounted?: boolean;
}

const READY: Readonly<Record<WireReady, number>> = { unspecified: 0, true: 1, false: 2 };

/** Plays the script of the step's own input. */
export const playScript: ComposeFunction = (request) => {
  const script = getPath(request.input, ['input']) as unknown as Script; // made by our own corpus
  const calls = Number(getPath(request.context, [`calls/${script.step}`]) ?? 0);
  const resolved =
    request.requiredResources.size + request.extraResources.size + request.requiredSchemas.size;
  const at = Math.min(script.by === 'calls' ? calls : resolved, script.answers.length - 1);
  return { encoded: encodeAnswer(script, script.answers[at] ?? {}, request, calls) };
};

function encodeAnswer(script: Script, answer: Answer, request: FunctionRequest, calls: number): Buffer {
  const { requirements: wanted, ttlSeconds } = answer;
  const counted = script.uncounted === true ? {} : { [`calls/${script.step}`]: calls + 1 };
  const context = { ...request.context, ...answer.context, ...counted };
  const text = new TextEncoder();
  return message([
    [
      1,
      message([
        [1, request.tag],
        [2, ttlSeconds === undefined ? undefined : message([[1, ttlSeconds]])],
      ]),
    ],
    [2, answer.desired === 'drop' ? undefined : encodeDesired(script, answer, request)],
    ...(answer.results ?? []).map(
      (r) =>
        [
          3,
          message([
            [1, r.severity],
            [2, r.message],
            [3, r.reason],
            [4, r.target],
          ]),
        ] as const,
    ),
    [4, answer.forget === true ? undefined : struct(context)],
    [
      5,
      wanted &&
        message([
          ...mapFields(1, entries(wanted.extraResources), encodeSelector),
          ...mapFields(2, entries(wanted.resources), encodeSelector),
          ...mapFields(3, entries(wanted.schemas), encodeSelector),
        ]),
    ],
    ...(answer.conditions ?? []).map(
      (c) =>
        [
          6,
          message([
            [1, text.encode(c.type)],
            [2, c.status],
            [3, c.reason],
            [4, c.message],
            [5, c.target],
          ]),
        ] as const,
    ),
  ]);
}

const entries = <T>(record: Readonly<Record<string, T>> | undefined): [string, T][] =>
  Object.entries(record ?? {});

function encodeSelector({ apiVersion, kind, matchName, matchLabels, namespace }: ScriptSelector): Buffer {
  const labels =
    matchLabels && message(mapFields(1, Object.entries(matchLabels), (label) => Buffer.from(label)));
  return message([
    [1, apiVersion],
    [2, kind],
    [3, matchName],
    [4, labels],
    [5, namespace],
  ]);
}

function encodeDesired(script: Script, answer: Answer, request: FunctionRequest): Buffer {
  const resources = new Map<string, ScriptResource>();
  const before = answer.desired === 'replace' ? undefined : request.desired;
  for (const [name, view] of before?.resources ?? []) resources.set(name, toScript(view));
  for (const name of answer.removed ?? []) resources.delete(name);
  for (const [name, resource] of entries(answer.resources)) resources.set(name, resource);
  const came = before?.composite && toScript(before.composite);
  const composite = withEcho(answer.composite ?? came, script, answer, request);
  return message([[1, composite && encodeResource(composite)], ...mapFields(2, resources, encodeResource)]);
}

function toScript(view: ResourceView): ScriptResource {
  const connection = [...view.connectionDetails].map(([k, v]): [string, string] => [
    k,
    Buffer.from(v).toString('utf8'),
  ]);
  return { object: view.object, ready: view.ready, connection: Object.fromEntries(connection) };
}

function encodeResource({ object, ready, connection }: ScriptResource): Buffer {
  return message([
    [1, struct(object)],
    ...mapFields(2, Object.entries(connection ?? {}), (text) => Buffer.from(text)),
    [3, READY[ready ?? 'unspecified'] || undefined],
  ]);
}

function withEcho(
  composite: ScriptResource | undefined,
  { step }: Script,
  answer: Answer,
  request: FunctionRequest,
): ScriptResource | undefined {
  if (answer.echo !== true) return composite;
  const { status, ...rest } = composite?.object ?? {};
  const before = isObject(status) ? status : {};
  const seen = isObject(before.seen) ? before.seen : {};
  return {
    ...composite,
    object: { ...rest, status: { ...before, seen: { ...seen, [step]: describeRequest(request) } } },
  };
}

/** All that a function can see of a call, but for its tag and for times. */
function describeRequest(request: FunctionRequest): JsonObject {
  return {
    observed: describeState(request.observed),
    desired: describeState(request.desired),
    context: request.context ?? 'none',
    required: describeFound(request.requiredResources),
    extra: describeFound(request.extraResources),
    schemas: Object.fromEntries([...request.requiredSchemas].map(([k, v]) => [k, v ?? 'none'])),
    credentials: Object.fromEntries([...request.credentials].map(([k, data]) => [k, describeData(data)])),
    capabilities: request.capabilities,
  };
}

function describeState(state: FunctionRequest['observed']): JsonObject {
  const resources = [...state.resources].map(([k, v]): [string, JsonObject] => [k, describeResource(v)]);
  return {
    composite: state.composite === undefined ? 'none' : describeResource(state.composite),
    resources: Object.fromEntries(resources),
  };
}

const describeFound = (found: FunctionRequest['requiredResources']): JsonObject =>
  Object.fromEntries([...found].map(([k, v]) => [k, v.map(describeResource)]));

const describeData = (data: ReadonlyMap<string, Uint8Array>): JsonObject =>
  Object.fromEntries([...data].map(([k, v]) => [k, Buffer.from(v).toString('base64')]));

function describeResource(view: ResourceView): JsonObject {
  return {
    object: timeless(view.object) as JsonObject,
    ready: view.ready,
    connection: describeData(view.connectionDetails),
  };
}
