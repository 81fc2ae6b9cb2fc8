import { descriptorOf, EMPTY_BYTES, EMPTY_DESCRIPTOR } from '../oci/descriptor.ts';
import { MANIFEST_TYPE } from '../oci/media-types.ts';
import { MemoryTarget } from '../oci/memory.ts';
import type { Descriptor, Target } from '../oci/target.ts';

export const REFERENCE = 'registry.example/acme/bp-keycloak';

/** Pushes a small artifact; another `note` gives another digest. */
export async function pushArtifact(target: Target, note = 'one'): Promise<Descriptor> {
  const bytes = Buffer.from(`layer ${note}`);
  const layer = descriptorOf('application/octet-stream', bytes);
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: EMPTY_DESCRIPTOR, layers: [layer] }),
  );
  const descriptor = descriptorOf(MANIFEST_TYPE, manifest);
  await target.push(EMPTY_DESCRIPTOR, EMPTY_BYTES);
  await target.push(layer, bytes);
  await target.push(descriptor, manifest);
  return descriptor;
}

/** A repository in memory with one artifact, tagged 1.0.0. */
export async function artifactInMemory(): Promise<{ target: MemoryTarget; subject: Descriptor }> {
  const target = new MemoryTarget();
  const subject = await pushArtifact(target);
  await target.tag(subject, '1.0.0');
  return { target, subject };
}
