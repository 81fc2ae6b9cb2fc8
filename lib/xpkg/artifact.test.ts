import { describe, expect, test } from 'vitest';
import { sha256 } from '../internal/digest.ts';
import { gunzip } from '../internal/gzip.ts';
import { readTar } from '../internal/untar.ts';
import {
  type ArtifactFacts,
  artifactBlobs,
  assembleArtifact,
  bundleLayer,
  manifestsLayer,
  packageLayer,
  subjectOf,
} from './index.ts';

const FACTS: ArtifactFacts = {
  title: 'Echo',
  version: '1.2.3',
  description: 'Answers what it was asked.',
  licenses: 'Apache-2.0',
  documentation: 'https://echo.example',
  crossplane: { 'meta.crossplane.io/maintainer': 'OpenOva', 'meta.crossplane.io/description': 'Echo' },
};

function build(facts: ArtifactFacts = FACTS, readme = '# Echo\n') {
  return assembleArtifact(facts, {
    manifests: manifestsLayer([
      { path: 'README.md', content: readme },
      { path: 'manifests/base/kustomization.yaml', content: 'kind: Kustomization\n' },
    ]),
    package: packageLayer('apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\n'),
    bundle: bundleLayer([{ path: 'blueprint.mjs', content: 'export default {};\n' }]),
  });
}

const manifestOf = (artifact: ReturnType<typeof build>) =>
  JSON.parse(Buffer.from(artifact.manifest.bytes).toString()) as {
    artifactType: string;
    config: { mediaType: string; digest: string };
    layers: { mediaType: string; digest: string; annotations: Record<string, string> }[];
    annotations: Record<string, string>;
  };

describe('assembleArtifact()', () => {
  test('gives this very digest, on every machine and Node', () => {
    expect(subjectOf(build()).digest).toBe(
      'sha256:7a9b10d2737039d1358e5410f2a1d85546e71a2caa421dde7dee9a7598c4d123',
    );
  });

  test('is what Crossplane, Flux and the host each look for', () => {
    const manifest = manifestOf(build());
    expect(manifest.artifactType).toBe('application/vnd.openova.blueprint.v1+json');
    expect(manifest.layers.map((l) => [l.mediaType, l.annotations])).toEqual([
      [
        'application/vnd.cncf.flux.content.v1.tar+gzip',
        { 'org.opencontainers.image.title': 'manifests.tgz' },
      ],
      [
        'application/vnd.oci.image.layer.v1.tar+gzip',
        { 'io.crossplane.xpkg': 'base', 'org.opencontainers.image.title': 'package.tgz' },
      ],
      [
        'application/vnd.openova.blueprint.bundle.v1.tar+gzip',
        { 'org.opencontainers.image.title': 'bundle.tgz' },
      ],
    ]);
    expect(manifest.annotations).toEqual({
      'meta.crossplane.io/description': 'Echo',
      'meta.crossplane.io/maintainer': 'OpenOva',
      'org.opencontainers.image.created': '1970-01-01T00:00:00Z',
      'org.opencontainers.image.description': 'Answers what it was asked.',
      'org.opencontainers.image.documentation': 'https://echo.example',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.title': 'Echo',
      'org.opencontainers.image.version': '1.2.3',
    });
  });

  test('has a config that tells the truth about its layers', () => {
    const artifact = build();
    const config = JSON.parse(Buffer.from(artifact.config.bytes).toString());
    const { manifests, package: base, bundle } = artifact.layers;
    expect(config).toMatchObject({ os: 'linux', architecture: 'amd64' });
    expect(config.rootfs.diff_ids).toEqual(
      [manifests, base, bundle].map((layer) => sha256(gunzip(layer.bytes, 'layer'))),
    );
    expect(artifactBlobs(artifact).map((b) => sha256(b.bytes))).toEqual(
      artifactBlobs(artifact).map((b) => b.descriptor.digest),
    );
  });

  test('has package.yaml alone in the package layer', () => {
    const files = readTar(gunzip(build().layers.package.bytes, 'layer'), 'layer');
    expect(files.map((f) => f.path)).toEqual(['package.yaml']);
  });

  test('takes its time from SOURCE_DATE_EPOCH, and the layers do not follow it', () => {
    const later = build({ ...FACTS, created: 1_700_000_000 });
    expect(manifestOf(later).annotations['org.opencontainers.image.created']).toBe('2023-11-14T22:13:20Z');
    expect(later.layers).toEqual(build().layers);
    expect(subjectOf(later).digest).not.toBe(subjectOf(build()).digest);
  });

  test.for([-1, 1.5, Number.NaN, 1e15])('refuses created %s', (created) => {
    expect(() => build({ ...FACTS, created })).toThrow(RangeError);
  });

  test('changes with any byte of its content', () => {
    expect(subjectOf(build(FACTS, '# echo\n')).digest).not.toBe(subjectOf(build()).digest);
  });
});
