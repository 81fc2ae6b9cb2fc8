import { decodeRequest, encodeResponse } from '../function/codec/index.ts';
import { DEFAULT_TTL_SECONDS } from '../function/defaults.ts';
import type { ComposeFunction, FunctionRequest, FunctionResponse } from '../function/protocol.ts';
import { ranTooLong } from '../internal/bounded-run.ts';
import { bytesFunction, type PipelineFunction } from './function.ts';

export interface InProcessOptions {
  /** Written when the function names no ttl. @default 600 */
  readonly defaultTtlSeconds?: number;
}

/**
 * A compose function of ours as a step of a pipeline. It goes through the codec as in the function host, so what it
 * does not mention passes through, what JSON cannot hold is refused with its path, and a response that Crossplane's
 * client would not take is too large here as well. A throw is one FATAL result, but for a compose that never ends: each
 * call of it would wait again.
 */
export function inProcessFunction(
  compose: ComposeFunction,
  options: InProcessOptions = {},
): PipelineFunction {
  const defaultTtlSeconds = options.defaultTtlSeconds ?? DEFAULT_TTL_SECONDS;
  const answer = (request: FunctionRequest, response: FunctionResponse): Uint8Array =>
    response.encoded ?? encodeResponse(request, response, { defaultTtlSeconds });
  return bytesFunction(async (bytes, signal) => {
    const request = decodeRequest(bytes);
    try {
      return answer(request, await compose(request, { signal }));
    } catch (error) {
      if (signal.aborted || ranTooLong(error)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      return answer(request, { results: [{ severity: 'fatal', message }] });
    }
  });
}
