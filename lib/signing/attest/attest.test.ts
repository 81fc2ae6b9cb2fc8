import { describe, expect, test } from 'vitest';
import {
  type ArtifactDescription,
  cycloneDxPredicate,
  describeFile,
  slsaPredicate,
  spdxPredicate,
} from './index.ts';

const ARTIFACT: ArtifactDescription = {
  name: 'bp-keycloak',
  version: '1.2.0',
  license: 'Apache-2.0',
  supplier: 'OpenOva',
  source: 'https://github.com/acme/platform',
  created: '1970-01-01T00:00:00Z',
  files: [describeFile('b.yaml', Buffer.from('b')), describeFile('a.yaml', Buffer.from('a'))],
  charts: [
    {
      name: 'keycloak',
      version: '24.0.1',
      repository: 'oci://registry.example/charts',
      sha256: 'ab'.repeat(32),
    },
  ],
  images: [{ repository: 'quay.io/keycloak/keycloak', tag: '26.0', digest: `sha256:${'cd'.repeat(32)}` }],
  packages: [
    {
      name: '@scope/x',
      version: '1.0.0',
      license: 'MIT',
      integrity: `sha512-${Buffer.alloc(64, 1).toString('base64')}`,
    },
    { name: '@scope/x', version: '1.0.0' },
  ],
};
/** The same, told in another order. */
const SHUFFLED: ArtifactDescription = { ...ARTIFACT, files: [...(ARTIFACT.files ?? [])].reverse() };

const BUILD = {
  builderId: 'https://github.com/acme/platform/.github/workflows/release.yaml@refs/heads/main',
  source: { uri: 'https://github.com/acme/platform', revision: '0'.repeat(40) },
};

type Bom = {
  components: { 'bom-ref': string; purl?: string }[];
  dependencies: { ref: string; dependsOn: string[] }[];
};
type Spdx = {
  packages: { SPDXID: string }[];
  files: { SPDXID: string; fileName: string; checksums: { algorithm: string }[] }[];
  relationships: { spdxElementId: string; relatedSpdxElement: string }[];
};

describe('attestation predicates', () => {
  test('the same description gives the same bytes, in whatever order files are told', () => {
    expect(JSON.stringify(cycloneDxPredicate(SHUFFLED))).toBe(JSON.stringify(cycloneDxPredicate(ARTIFACT)));
    expect(JSON.stringify(spdxPredicate(SHUFFLED))).toBe(JSON.stringify(spdxPredicate(ARTIFACT)));
  });

  test('another content gives another SPDX namespace', () => {
    const other = spdxPredicate({ ...ARTIFACT, files: [] });
    expect(other.documentNamespace).not.toBe(spdxPredicate(ARTIFACT).documentNamespace);
  });

  test('SPDX: every relationship names an element that exists, every file has the mandatory sha1', () => {
    const spdx = spdxPredicate(ARTIFACT) as unknown as Spdx; // the shape asserted below
    const ids = new Set([
      'SPDXRef-DOCUMENT',
      ...spdx.packages.map((p) => p.SPDXID),
      ...spdx.files.map((f) => f.SPDXID),
    ]);
    for (const r of spdx.relationships) {
      expect(ids).toContain(r.spdxElementId);
      expect(ids).toContain(r.relatedSpdxElement);
    }
    expect(spdx.files.map((f) => f.fileName)).toEqual(['./a.yaml', './b.yaml']);
    expect(spdx.files.every((f) => f.checksums.some((c) => c.algorithm === 'SHA1'))).toBe(true);
    expect(spdx.packages).toHaveLength(4);
  });

  test('CycloneDX: references are unique, no serial number, every dependency exists', () => {
    const bom = cycloneDxPredicate(ARTIFACT) as unknown as Bom; // the shape asserted below
    const refs = bom.components.map((c) => c['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    expect(bom).not.toHaveProperty('serialNumber');
    for (const ref of bom.dependencies.flatMap((d) => d.dependsOn)) expect(refs).toContain(ref);
    expect(refs).toContain('pkg:npm/%40scope/x@1.0.0');
  });

  test('SLSA: the builder, the commit and every ingredient with its digest', () => {
    expect(slsaPredicate(ARTIFACT, BUILD)).toMatchObject({
      buildDefinition: {
        externalParameters: { name: 'bp-keycloak', version: '1.2.0' },
        resolvedDependencies: [
          { uri: 'git+https://github.com/acme/platform', digest: { gitCommit: '0'.repeat(40) } },
          { digest: { sha256: 'ab'.repeat(32) } },
          { uri: 'pkg:npm/%40scope/x@1.0.0' },
          { digest: { sha256: 'cd'.repeat(32) } },
        ],
      },
      runDetails: { builder: { id: BUILD.builderId }, metadata: {} },
    });
  });
});
