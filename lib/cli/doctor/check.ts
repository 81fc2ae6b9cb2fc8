/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** The way out. */
  readonly remedy?: string;
}

export const ok = (name: string, message: string): Check => ({ name, state: 'ok', message });
export const warning = (name: string, message: string, remedy: string): Check => ({
  name,
  state: 'warning',
  message,
  remedy,
});
export const error = (name: string, message: string, remedy: string): Check => ({
  name,
  state: 'error',
  message,
  remedy,
});

const MAX_LISTED = 5;

/** The first few of many paths. */
export function listed(paths: readonly string[]): string {
  const more = paths.length > MAX_LISTED ? ` and ${paths.length - MAX_LISTED} more` : '';
  return `${paths.slice(0, MAX_LISTED).join(', ')}${more}`;
}
