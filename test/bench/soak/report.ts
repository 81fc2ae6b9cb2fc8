import { status } from '@grpc/grpc-js';

/** One line of the report. */
export interface Finding {
  readonly text: string;
  readonly fault: boolean;
}

export const fine = (text: string): Finding => ({ text, fault: false });
export const faulty = (text: string): Finding => ({ text, fault: true });

/** `{ '0': 9, '3': 1 }` as `9 × OK, 1 × INVALID_ARGUMENT`. */
export function codesOf(codes: Readonly<Record<string, number>>): string {
  return Object.entries(codes)
    .sort(([, a], [, b]) => b - a)
    .map(([code, n]) => `${n} × ${status[Number(code)] ?? code}`)
    .join(', ');
}

/** A message that tells a caller where our code is. */
export const hasStack = (message: string): boolean =>
  /%0A\s*at |\n\s*at |\.ts:\d|node:internal/i.test(message);
