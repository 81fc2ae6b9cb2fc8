import { LayoutTarget } from '../oci/layout.ts';
import { artifactBlobs, subjectOf } from '../xpkg/index.ts';
import type { BuiltBlueprint } from './build.ts';

/** Name of an artifact in a layout that holds several: `bp-cnpg:1.0.0`. */
export function layoutName({ blueprint, version }: BuiltBlueprint): string {
  return `${blueprint.artifact}:${version}`;
}

/** Writes an artifact into an OCI image layout; building a version again replaces what its name stood for. */
export async function writeLayout(directory: string, built: BuiltBlueprint): Promise<void> {
  const layout = new LayoutTarget(directory);
  const subject = subjectOf(built.artifact);
  for (const { descriptor, bytes } of artifactBlobs(built.artifact)) await layout.push(descriptor, bytes);
  await layout.push(subject, built.artifact.manifest.bytes);
  await layout.name(subject, layoutName(built));
}
