import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canonicalJson, type JsonObject } from '../../../lib/internal/json.ts';
import type { Sigstore } from '../../../lib/sigstore/index.ts';
import { findPart } from '../../interop/real-parts.ts';

/**
 * Gives core a trust root of our own: a TUF repository with the CA and the two logs of a Sigstore, initialised with
 * cosign (`tuf.db` is its format) where core looks for it. Fulcio roots have no other override.
 */
export async function installTrustRoot(sigstore: Sigstore, packageCache: string): Promise<void> {
  const cosign = findPart('cosign2');
  if (cosign === undefined) throw new Error('cosign2 not found; run hack/real-parts.sh');
  const directory = mkdtempSync(join(tmpdir(), 'bp-tuf-'));
  try {
    const mirror = join(directory, 'repository');
    writeRepository(mirror, [
      { name: 'fulcio.crt.pem', usage: 'Fulcio', text: sigstore.pems.fulcio },
      { name: 'rekor.pub', usage: 'Rekor', text: sigstore.pems.rekor },
      { name: 'ctfe.pub', usage: 'CTFE', text: sigstore.pems.ctlog },
    ]);
    const root = join(directory, 'root');
    mkdirSync(root);
    await promisify(execFile)(
      cosign,
      ['initialize', '--mirror', `file://${mirror}`, '--root', join(mirror, 'root.json')],
      { env: { HOME: directory, PATH: process.env.PATH ?? '', TUF_ROOT: root }, timeout: 60_000 },
    );
    const target = join(packageCache, '.sigstore', 'root');
    mkdirSync(target, { recursive: true });
    cpSync(root, target, { recursive: true });
    // Core refreshes from the mirror at its start.
    cpSync(mirror, join(packageCache, '.sigstore', 'repository'), { recursive: true });
    const moved = `file://${join(packageCache, '.sigstore', 'repository')}`;
    writeFileSync(join(target, 'remote.json'), JSON.stringify({ mirror: moved }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface TufTarget {
  readonly name: string;
  readonly usage: 'Fulcio' | 'Rekor' | 'CTFE';
  readonly text: string;
}

/** The four roles of TUF 1.0 under one ed25519 key. */
function writeRepository(directory: string, targets: readonly TufTarget[]): void {
  mkdirSync(join(directory, 'targets'), { recursive: true });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = tufKey(publicKey);
  const write = (name: string, signed: JsonObject): string => {
    const signature = sign(null, Buffer.from(canonicalJson(signed)), privateKey).toString('hex');
    const text = JSON.stringify({ signed, signatures: [{ keyid: key.id, sig: signature }] });
    writeFileSync(join(directory, name), text);
    return text;
  };
  const role = { keyids: [key.id], threshold: 1 };
  const common = {
    spec_version: '1.0',
    version: 1,
    expires: new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  const root: JsonObject = {
    ...common,
    _type: 'root',
    consistent_snapshot: false,
    keys: { [key.id]: key.key },
    roles: { root: role, targets: role, snapshot: role, timestamp: role },
  };
  write('root.json', root);
  write('1.root.json', root);
  for (const { name, text } of targets) writeFileSync(join(directory, 'targets', name), text);
  const list = targets.map(({ name, usage, text }): [string, JsonObject] => [
    name,
    { ...measured(text), custom: { sigstore: { usage, status: 'Active' } } },
  ]);
  const targetsText = write('targets.json', {
    ...common,
    _type: 'targets',
    targets: Object.fromEntries(list),
  });
  const snapshot = write('snapshot.json', {
    ...common,
    _type: 'snapshot',
    meta: { 'targets.json': { ...measured(targetsText), version: 1 } },
  });
  write('timestamp.json', {
    ...common,
    _type: 'timestamp',
    meta: { 'snapshot.json': { ...measured(snapshot), version: 1 } },
  });
}

function tufKey(publicKey: KeyObject): { readonly id: string; readonly key: JsonObject } {
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyid_hash_algorithms: ['sha256', 'sha512'],
    keyval: { public: raw.toString('hex') },
  };
  return { id: createHash('sha256').update(canonicalJson(key)).digest('hex'), key };
}

function measured(text: string): JsonObject {
  const hash = (algorithm: string): string => createHash(algorithm).update(text).digest('hex');
  return { length: Buffer.byteLength(text), hashes: { sha256: hash('sha256'), sha512: hash('sha512') } };
}
