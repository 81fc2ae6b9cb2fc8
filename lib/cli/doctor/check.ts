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
