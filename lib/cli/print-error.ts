import { isToolkitError } from '../errors.ts';
import { escapeUnit } from '../internal/escape-unit.ts';
import { redactForeign } from '../internal/redact.ts';
import type { OutputFormat } from './command.ts';

const MAX_CAUSES = 5;
const MAX_MESSAGE = 16_384; // characters; a validator may list many findings
const MAX_CAUSE = 400; // characters

/** An error as people read it, or as one JSON object for programs. Ends with a line feed. */
export function formatError(error: unknown, output: OutputFormat, debug = false): string {
  const { code, message, place, remedy } = partsOf(error);
  if (output !== 'human') {
    const object = { error: { code, message, ...(place && { place }), ...(remedy && { remedy }) } };
    return `${JSON.stringify(object)}\n`;
  }
  const lines = [`bp: ${message}`];
  if (place !== undefined) lines.push(`  at ${place}`);
  if (remedy !== undefined) lines.push(`hint: ${remedy}`);
  lines.push(...causes(error, message));
  if (debug && error instanceof Error && error.stack !== undefined)
    lines.push(clean(error.stack, MAX_MESSAGE));
  return `${lines.join('\n')}\n`;
}

interface Parts {
  readonly code: string;
  readonly message: string;
  readonly place?: string;
  readonly remedy?: string;
}

function partsOf(error: unknown): Parts {
  if (!isToolkitError(error)) {
    return {
      code: 'internal',
      message: foreign(error),
      remedy: 'this should have been said better: BP_DEBUG=1 shows where it comes from',
    };
  }
  return {
    code: error.code,
    message: clean(error.message, MAX_MESSAGE),
    ...(error.place === undefined ? {} : { place: clean(error.place, MAX_CAUSE) }),
    ...(error.remedy === undefined ? {} : { remedy: clean(error.remedy, MAX_MESSAGE) }),
  };
}

function causes(error: unknown, said: string): string[] {
  const lines: string[] = [];
  const flat = said.replace(/\s+/g, ' ');
  let at: unknown = error instanceof Error ? error.cause : undefined;
  for (let i = 0; i < MAX_CAUSES && at !== undefined && at !== null; i++) {
    const message = isToolkitError(at) ? clean(at.message, MAX_CAUSE) : foreign(at);
    // Many wrappers quote their cause: once is enough.
    if (message !== '' && !flat.includes(message)) lines.push(`  because: ${message}`);
    at = at instanceof Error ? at.cause : undefined;
  }
  return lines;
}

/** Words of other people's code: one line, no tokens, no signed URLs. */
function foreign(error: unknown): string {
  return redactForeign(error instanceof Error ? error.message : String(error), MAX_CAUSE);
}

/** Bounded, and without the control characters that could rewrite a terminal. */
function clean(text: string, max: number): string {
  const safe = text.toWellFormed().replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    escapeUnit,
  );
  return safe.length > max ? `${safe.slice(0, max)}…` : safe;
}
