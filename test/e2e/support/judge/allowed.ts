import type { Case } from './cases.ts';

/** Where the two judges may differ, and why: docs/validate.md has the same list. */
export interface Allowance {
  readonly reason: string;
  /** @param said what our judge found, or the apiserver's refusal */
  readonly covers: (one: Case, said: string) => boolean;
}

export const ALLOWED: readonly Allowance[] = [
  {
    reason: 'a number beyond 32 bits wraps around silently in a server-side apply; a create refuses it',
    covers: (_, said) => /must fit into 32 bits/.test(said),
  },
  {
    reason:
      'the CRD of KServe leaves the port of a probe out of its required fields; its pod would be refused',
    covers: ({ object }, said) =>
      object.kind === 'InferenceService' && /(httpGet|tcpSocket|grpc)\.port is required/.test(said),
  },
  {
    reason: 'null as a value of a map is read as an empty text, which the label does not allow',
    covers: ({ mutation = '' }, said) =>
      /^null: metadata\.labels/.test(mutation) && /pod-security/.test(said),
  },
];
