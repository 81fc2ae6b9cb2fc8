import type { ResultTarget } from '../function/protocol.ts';
import { quote } from './compose-error.ts';
import type { RunResult } from './model.ts';

/** A Kubernetes event on the XR, as `kubectl describe` would show it. */
export interface RenderEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly target: ResultTarget;
}

export const COMPOSE_REASON = 'ComposeResources';

export function event(type: RenderEvent['type'], reason: string, message: string): RenderEvent {
  return { type, reason, message, target: 'composite' };
}

/** Results as events, up to the first FATAL one, which is returned as the message that stops the pipeline. */
export function resultEvents(
  step: string,
  results: readonly RunResult[],
): { events: readonly RenderEvent[]; fatal: string | undefined } {
  const events: RenderEvent[] = [];
  for (const result of results) {
    const reason = result.reason === undefined || result.reason === '' ? COMPOSE_REASON : result.reason;
    const target = result.target ?? 'composite';
    const message = `Pipeline step ${quote(step)}: ${result.message}`;
    switch (result.severity) {
      case 'fatal':
        return { events, fatal: `pipeline step ${quote(step)} returned a fatal result: ${result.message}` };
      case 'warning':
        events.push({ type: 'Warning', reason, message, target });
        break;
      case 'normal':
        events.push({ type: 'Normal', reason, message, target });
        break;
      case 'unspecified':
        // Targets the XR alone: it says something about the function, which a claim's owner cannot change.
        events.push(
          event(
            'Warning',
            reason,
            `Pipeline step ${quote(step)} returned a result of unknown severity (assuming warning): ${result.message}`,
          ),
        );
        break;
    }
  }
  return { events, fatal: undefined };
}
