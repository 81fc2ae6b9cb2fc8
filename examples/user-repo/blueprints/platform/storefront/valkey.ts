import type { Blueprint, SecretKeyRef } from '@openova/blueprints';

/** What bp-valkey publishes. It lives in another repository: only its types are needed here. */
interface ValkeyOutputs {
  readonly host: string;
  readonly readHost: string;
  readonly port: number;
  readonly password: SecretKeyRef;
}

export type Valkey = Blueprint<object, ValkeyOutputs>;
