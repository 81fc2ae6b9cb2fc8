import type { Checks } from './checks.ts';
import { portName } from './names.ts';

export const MAX_PORT = 65535;

/** A port by number or by name. */
export function checkPortOrName(checks: Checks, port: unknown, path: string): void {
  if (typeof port === 'string') checks.text(port, path, portName);
  else checks.number(port ?? 0, path, 1, MAX_PORT);
}
