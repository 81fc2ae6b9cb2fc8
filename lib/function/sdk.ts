import { ToolkitError } from '../errors.ts';
import { asLazy } from './codec/request-view.ts';
import { DEFAULT_TTL_SECONDS } from './defaults.ts';
import { type Logger, type LogLevel, silentLogger } from './logger.ts';
import type { ComposeFunction, FunctionResult, Severity } from './protocol.ts';

/** By shape, because the SDK is an optional peer: its `FunctionHandler` is assignable. */
export interface SdkFunctionHandler {
  RunFunction(request: never, logger?: never): Promise<object>;
}

export interface SdkHandlerOptions {
  /** Where the handler's own log lines go. @default nowhere */
  readonly logger?: Logger;
  /**
   * Replaces the ttl of every answer, in seconds. Without it, a ttl that the handler chose stays; the 60 s that the
   * SDK's `to()` writes when nobody chose become 600 (an XR is otherwise reconciled every minute for nothing).
   */
  readonly ttlSeconds?: number;
}

type Sdk = typeof import('@crossplane-org/function-sdk-typescript');

/**
 * Hosts a handler written for `@crossplane-org/function-sdk-typescript`, unchanged: it gets and gives the SDK's own
 * protocol types. Its `input` is what stands in the step's `input.input`; everything else is the request as it came.
 */
export function hostSdkHandler(
  handler: SdkFunctionHandler,
  options: SdkHandlerOptions = {},
): ComposeFunction {
  const logger = sdkLogger(options.logger ?? silentLogger);
  return async (request) => {
    const sdk = await loadSdk();
    const decoded = sdk.RunFunctionRequest.decode(asLazy(request).bytes);
    const own: unknown = decoded.input?.input;
    decoded.input = typeof own === 'object' && own !== null ? { ...own } : undefined;
    const answer = await handler.RunFunction(decoded as never, logger as never);
    const response = sdk.RunFunctionResponse.fromPartial(answer);
    const { ttl } = (answer as { meta?: { ttl?: unknown } }).meta ?? {};
    const chosen =
      options.ttlSeconds ?? (ttl === undefined || ttl === sdk.DEFAULT_TTL ? DEFAULT_TTL_SECONDS : undefined);
    response.meta = { tag: request.tag, ttl: chosen === undefined ? response.meta?.ttl : duration(chosen) };
    if (response.requirements !== undefined && isEmpty(response.requirements))
      response.requirements = undefined;
    return {
      encoded: sdk.RunFunctionResponse.encode(response).finish(),
      results: response.results.map(toResult),
    };
  };
}

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@crossplane-org/function-sdk-typescript');
  } catch (cause) {
    throw new ToolkitError('unsupported', 'Cannot host the SDK handler: its SDK cannot be loaded', {
      cause,
      remedy: 'npm install @crossplane-org/function-sdk-typescript',
    });
  }
}

function duration(seconds: number): { seconds: number; nanos: number } {
  return { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e9) };
}

/** A present but empty Requirements costs one more call on Crossplane 2.3. */
function isEmpty(requirements: object): boolean {
  return Object.values(requirements).every((selectors) => Object.keys(selectors as object).length === 0);
}

const SEVERITY: readonly Severity[] = ['warning', 'fatal', 'warning', 'normal'];

/** For metrics and logs only: what is sent is what the handler wrote. */
function toResult(result: { severity: number; message: string }): FunctionResult {
  return { severity: SEVERITY[result.severity] ?? 'warning', message: result.message };
}

/** As much of pino as handlers use: `logger.info('text')`, `logger.info({ fields }, 'text')`, `logger.child(…)`. */
function sdkLogger(logger: Logger, bound: object = {}): object {
  const at = (level: LogLevel) => {
    return (first: unknown, second?: unknown): void => {
      const fields = typeof first === 'object' && first !== null ? { ...bound, ...first } : bound;
      const message = typeof first === 'string' ? first : typeof second === 'string' ? second : 'Handler log';
      logger.log(level, message, { handler: fields });
    };
  };
  return {
    trace: at('debug'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('error'),
    child: (more: object) => sdkLogger(logger, { ...bound, ...more }),
  };
}
