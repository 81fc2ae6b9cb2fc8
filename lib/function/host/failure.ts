import { isToolkitError } from '../../errors.ts';

const MAX_MESSAGE = 2048; // characters of an author's error that go to the XR's events
const MAX_CAUSES = 8;

/** What was thrown, as one bounded sentence; never throws itself, whatever the value is. */
export function messageOf(thrown: unknown): string {
  let message: string;
  try {
    message = thrown instanceof Error ? thrown.message : String(thrown);
    if (isToolkitError(thrown) && thrown.remedy !== undefined) message += ` (${thrown.remedy})`;
  } catch {
    message = 'a value that cannot be shown';
  }
  const clean = message.toWellFormed().trim() || 'an error without a message';
  return clean.length > MAX_MESSAGE ? `${clean.slice(0, MAX_MESSAGE).toWellFormed()}…` : clean;
}

/** The stack for the log, causes included. */
export function stackOf(thrown: unknown): string {
  const stacks: string[] = [];
  let at: unknown = thrown;
  for (let i = 0; i < MAX_CAUSES && at instanceof Error; i++) {
    stacks.push(at.stack ?? at.message);
    at = at.cause;
  }
  return stacks.join('\ncaused by: ');
}

/** The construct that an error, or one of its causes, says it comes from. */
export function constructPathOf(thrown: unknown): string | undefined {
  let at: unknown = thrown;
  for (let i = 0; i < MAX_CAUSES && at instanceof Error; i++) {
    if ('constructPath' in at && typeof at.constructPath === 'string') return at.constructPath.slice(0, 512);
    at = at.cause;
  }
  return undefined;
}
