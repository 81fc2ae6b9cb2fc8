import { ToolkitError } from '../errors.ts';
import { digestHex } from '../internal/digest.ts';
import { isTag } from './reference.ts';
import type { Digest } from './target.ts';

/** Tags that belong to a digest: `sha256-<hex>` (referrers), `.sig` and `.att` (cosign's older format). */
export function digestTag(digest: Digest, suffix: '' | '.sig' | '.att' = ''): string {
  return `${digest.slice(0, digest.indexOf(':'))}-${digestHex(digest).slice(0, 64)}${suffix}`;
}

/** @throws ToolkitError `usage` for a tag outside the grammar */
export function checkTag(tag: string): void {
  if (isTag(tag)) return;
  throw new ToolkitError(
    'usage',
    `Cannot write tag ${JSON.stringify(tag.slice(0, 160))}: it is not a valid tag`,
    {
      remedy: 'use up to 128 letters, digits, ".", "_" and "-"',
    },
  );
}

/** The error of a tag that points elsewhere: both digests are named. */
export function tagConflict(thing: string, current: string, wanted: string): ToolkitError {
  return new ToolkitError('conflict', `Cannot write tag ${thing}: it is ${current}, not ${wanted}`, {
    remedy: 'a version keeps its bytes for ever; raise the version',
  });
}
