import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../lib/testing/certificates.ts';
import type { ClientTls } from './load.ts';

export interface Tls {
  /** As Crossplane mounts it: tls.crt, tls.key, ca.crt. */
  readonly directory: string;
  readonly client: ClientTls;
}

/** Certificates of a server and of its caller, made for one run. */
export function certificates(): Tls {
  const authority = createCertificateAuthority();
  const server = authority.issue({ sans: ['localhost', '127.0.0.1'] });
  const client = authority.issue({ sans: ['crossplane'] });
  const directory = mkdtempSync(join(tmpdir(), 'bp-bench-'));
  writeFileSync(join(directory, 'tls.crt'), server.certificate);
  writeFileSync(join(directory, 'tls.key'), server.privateKey, { mode: 0o600 });
  writeFileSync(join(directory, 'ca.crt'), authority.certificate);
  return {
    directory,
    client: { ca: authority.certificate, cert: client.certificate, key: client.privateKey },
  };
}
