import { describe } from './objects.ts';
import { dependencyOrder } from './order.ts';
import type { ComposedResource, RenderResult } from './result.ts';
import type { Change, SettleResult, SettleRound } from './settle.ts';
import { whyNotReady } from './waiting.ts';

/** How a summary marks its words; the identity where there are no colours. */
export interface Paint {
  good(text: string): string;
  waiting(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const same = (text: string): string => text;
export const PLAIN: Paint = { good: same, waiting: same, bad: same, dim: same, bold: same };

/**
 * What one reconcile does, for a person: the XR, its objects in the order in which they depend on each other with a
 * mark for ready, what would be deleted, what was said, and why the XR is not ready. Ends with a line feed.
 */
export function formatSummary(result: RenderResult, paint: Paint = PLAIN): string {
  const lines = [headline(result, paint)];
  if (result.failure !== undefined) lines.push(paint.bad(`  ✗ ${result.failure.message}`));
  const rows = dependencyOrder(result.composed, (c) => c.object);
  const width = Math.max(0, ...rows.map((c) => c.name.length));
  for (const row of rows) lines.push(composedLine(row, width, paint));
  for (const object of result.deleted) lines.push(paint.bad(`  - ${describe(object)} is deleted`));
  lines.push(...saidLines(result, paint), ...missingLines(result, paint));
  for (const { path, message } of result.findings) lines.push(paint.waiting(`  ! ${path} ${message}`));
  return `${lines.join('\n')}\n`;
}

function headline(result: RenderResult, paint: Paint): string {
  const ready = result.composed.filter((c) => c.ready).length;
  const state = result.failure !== undefined ? paint.bad('failed') : readyWord(result.ready, paint);
  const count = `${ready} of ${result.composed.length} objects ready`;
  const ttl = result.ttlSeconds === undefined ? '' : `, looked at again after ${result.ttlSeconds} s`;
  return `${paint.bold(describe(result.composite))}: ${state} ${paint.dim(`(${count}${ttl})`)}`;
}

function readyWord(ready: boolean, paint: Paint): string {
  return ready ? paint.good('ready') : paint.waiting('not ready');
}

function composedLine(row: ComposedResource, width: number, paint: Paint): string {
  const mark = row.ready ? paint.good('✓') : paint.waiting('…');
  const why = row.ready ? '' : paint.dim(` — ${whyNotReady(row)}`);
  return `  ${mark} ${row.name.padEnd(width)}  ${describe(row.object)}${why}`;
}

function saidLines(result: RenderResult, paint: Paint): readonly string[] {
  return result.steps.flatMap((step) =>
    step.results
      .filter((r) => r.severity !== 'fatal')
      .map((r) => {
        const text = `  ${r.severity === 'normal' ? 'i' : '!'} ${step.step}: ${r.message}`;
        return r.severity === 'normal' ? paint.dim(text) : paint.waiting(text);
      }),
  );
}

function missingLines(result: RenderResult, paint: Paint): readonly string[] {
  return result.requirements.resources
    .filter((r) => r.found === 0)
    .map(({ selector }) => {
      const labels = Object.entries(selector.matchLabels ?? {}).map(([k, v]) => `${k}=${v}`);
      const which = selector.matchName ?? (labels.length > 0 ? labels.join(',') : 'any');
      return paint.dim(`  ? required ${selector.kind} (${which}) was not given`);
    });
}

/** One round of `settle`, as a diff: `+` created, `~` changed with its paths, `-` deleted, `✓` became ready. */
export function formatRound(round: SettleRound, paint: Paint = PLAIN): string {
  const lines = round.changes.map((change) => `  ${changeLine(change, paint)}`);
  return `${[paint.bold(`round ${round.round}`), ...lines].join('\n')}\n`;
}

const SHOWN_PATHS = 4;

function changeLine({ what, object, paths = [] }: Change, paint: Paint): string {
  const who = describe(object);
  switch (what) {
    case 'created':
      return paint.good(`+ ${who}`);
    case 'deleted':
      return paint.bad(`- ${who}`);
    case 'ready':
      return paint.good(`✓ ${who}`);
    case 'changed': {
      const more = paths.length > SHOWN_PATHS ? `, and ${paths.length - SHOWN_PATHS} more` : '';
      return `${paint.waiting(`~ ${who}`)} ${paint.dim(paths.slice(0, SHOWN_PATHS).join(', ') + more)}`;
    }
  }
}

/** How `settle` ended: ready after how many rounds, or what each path still waits for. */
export function formatSettled(result: SettleResult, paint: Paint = PLAIN): string {
  const rounds = `${result.rounds.length} round${result.rounds.length === 1 ? '' : 's'}`;
  const how = result.settled ? `settled after ${rounds}` : `did not settle within ${rounds}`;
  const lines = [`${readyWord(result.ready, paint)}, ${how}`];
  for (const { path, object, why } of result.waitingFor) {
    const which = object === undefined || path.length === 1 ? '' : ` (${describe(object)})`;
    lines.push(`  ${paint.waiting('…')} ${path.join(' › ')}${which}: ${why}`);
  }
  return `${lines.join('\n')}\n`;
}
