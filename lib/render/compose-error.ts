/**
 * A failure that Crossplane would write into the XR's Synced condition: part of the rendered result, not of the tool.
 */
export class ComposeError extends Error {
  override readonly name = 'ComposeError';
}

/** A string as Go's `%q` prints it, so that messages match Crossplane's. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
