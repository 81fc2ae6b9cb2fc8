import { isObject, type JsonObject, parseJson } from '../../../lib/internal/json.ts';
import {
  copy,
  type Descriptor,
  descriptorOf,
  type ImageManifest,
  MemoryTarget,
  parseManifest,
  type Target,
} from '../../../lib/oci/index.ts';
import { buildBlueprint, pushArtifact } from '../../../lib/pipeline/index.ts';
import { type Signer, type SignOptions, signArtifact } from '../../../lib/signing/index.ts';
import { objectAt } from './objects.ts';
import type { Published } from './platform.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** How one build is signed. */
export type SignHow = Partial<SignOptions> & {
  readonly signers: readonly Signer[];
  /** In the bundle format only, with every trace of the log taken out. @default false */
  readonly logless?: boolean;
};

/** Builds of cnpg, each with bytes of its own and below a path of its own, signed as a test wants it. */
export interface SignedBuilds {
  /** `127.0.0.1:PORT/<name>/bp-cnpg` */
  at(name: string): string;
  target(name: string): Target;
  /** Pushes another build, signs it if told how, and points tag 1.0.0 at it. */
  put(name: string, how?: SignHow): Promise<Descriptor>;
  /** Signs what is there. */
  sign(name: string, subject: Descriptor, how: SignHow): Promise<void>;
}

export function signedBuilds({ registry, client, project, sigstore }: Published): SignedBuilds {
  let bytes = 0;
  const at = (name: string): string => `${registry.host}/${name}/bp-cnpg`;
  const target = (name: string): Target => client.target(at(name));
  const sign: SignedBuilds['sign'] = async (name, subject, { logless = false, ...how }) => {
    const log = how.noTlog === true ? {} : { rekorUrl: sigstore.url };
    const options = { reference: at(name), ...log, ...how };
    if (!logless) {
      await signArtifact(target(name), subject, options);
      return;
    }
    const memory = new MemoryTarget();
    await copy(target(name), subject.digest, memory);
    await signArtifact(memory, subject, options);
    await copyLogless(memory, target(name), subject);
  };
  return {
    at,
    target,
    sign,
    async put(name, how) {
      const cnpg = project.blueprints.get('cnpg');
      if (cnpg === undefined) throw new Error('there is no cnpg');
      bytes += 1; // another digest for each
      const { artifact } = await buildBlueprint(project, cnpg, { created: bytes });
      const subject = await pushArtifact(target(name), artifact);
      if (how !== undefined) await sign(name, subject, how);
      await target(name).tag(subject, '1.0.0', { move: true });
      return subject;
    },
  };
}

/** Bundles as a signer without a log would leave them: nothing proves when a certificate of ten minutes was used. */
async function copyLogless(from: Target, to: Target, subject: Descriptor): Promise<void> {
  for (const referrer of await from.referrers(subject, BUNDLE)) {
    const manifest = await readJson(from, referrer);
    const { config, layers } = readImage(await from.fetch(referrer), referrer);
    const [layer] = layers;
    if (layer === undefined) throw new Error(`${referrer.digest} holds no bundle`);
    const bundle = await readJson(from, layer);
    const { tlogEntries: _, ...material } = objectAt(bundle, 'verificationMaterial');
    const stripped = bytesOf({ ...bundle, verificationMaterial: material });
    const blob = descriptorOf(BUNDLE, stripped);
    const bytes = bytesOf({ ...manifest, layers: [blob] });
    await to.push(config, await from.fetch(config));
    await to.push(blob, stripped);
    await to.push(descriptorOf(referrer.mediaType, bytes), bytes);
  }
}

function readImage(bytes: Uint8Array, { mediaType, digest }: Descriptor): ImageManifest {
  const manifest = parseManifest(bytes, mediaType);
  if (manifest.kind === 'manifest') return manifest;
  throw new Error(`${digest} is an index`);
}

async function readJson(from: Target, descriptor: Descriptor): Promise<JsonObject> {
  const value = parseJson(Buffer.from(await from.fetch(descriptor)).toString('utf8'), descriptor.digest);
  if (!isObject(value)) throw new Error(`${descriptor.digest} is not an object`);
  return value;
}

function bytesOf(value: object): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(value)));
}
