import { type Paint, PLAIN } from '../render/summary.ts';
import type { Io } from './io.ts';

const style =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`;

const COLOURS: Paint = {
  good: style(32, 39),
  waiting: style(33, 39),
  bad: style(31, 39),
  dim: style(2, 22),
  bold: style(1, 22),
};

/** Colours for a person at a terminal, unless NO_COLOR says otherwise (no-color.org). */
export function paintFor(io: Io): Paint {
  const { NO_COLOR, TERM } = io.env;
  const plain = !io.isTTY || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb';
  return plain ? PLAIN : COLOURS;
}
