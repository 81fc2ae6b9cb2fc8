import { createHash } from 'node:crypto';
import { canonicalJson, type Json, type JsonObject } from '../../internal/json.ts';
import {
  type ArtifactDescription,
  artifactPurl,
  type DescribedFile,
  filesOf,
  type Ingredient,
  ingredientsOf,
} from './description.ts';

const ROOT_ID = 'SPDXRef-Package-artifact';
const NAMESPACE = 'https://spdx.org/spdxdocs';

/** The predicate of an SPDX 2.3 attestation (`spdxjson`). The same description gives the same bytes. */
export function spdxPredicate(artifact: ArtifactDescription): JsonObject {
  const files = filesOf(artifact);
  const ingredients = ingredientsOf(artifact);
  const { name, version, created } = artifact;
  const content = toJson({ ...artifact, files, charts: [], images: [], packages: [] });
  const id = createHash('sha256')
    .update(canonicalJson([content, toJson(ingredients)]))
    .digest('hex');
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${name}-${version}`,
    documentNamespace: `${NAMESPACE}/${encodeURIComponent(name)}-${encodeURIComponent(version)}-${id}`,
    creationInfo: { created, creators: ['Tool: @openova/blueprints'] },
    documentDescribes: [ROOT_ID],
    packages: [rootPackage(artifact, files), ...ingredients.map(ingredientPackage)],
    files: files.map(spdxFile),
    relationships: [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', ROOT_ID),
      ...files.map((_, i) => relation(ROOT_ID, 'CONTAINS', fileId(i))),
      ...ingredients.map((item, i) =>
        item.kind === 'npm'
          ? relation(ROOT_ID, 'CONTAINS', packageId(i))
          : relation(ROOT_ID, 'DEPENDS_ON', packageId(i)),
      ),
    ],
  };
}

function rootPackage(artifact: ArtifactDescription, files: readonly DescribedFile[]): JsonObject {
  return {
    SPDXID: ROOT_ID,
    name: artifact.name,
    versionInfo: artifact.version,
    supplier: artifact.supplier === undefined ? 'NOASSERTION' : `Organization: ${artifact.supplier}`,
    downloadLocation: artifact.source === undefined ? 'NOASSERTION' : `git+${artifact.source}`,
    filesAnalyzed: files.length > 0,
    ...(files.length === 0
      ? {}
      : { packageVerificationCode: { packageVerificationCodeValue: verificationCode(files) } }),
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: artifact.license ?? 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    ...(artifact.description === undefined ? {} : { description: artifact.description }),
    externalRefs: [purlRef(artifactPurl(artifact))],
    primaryPackagePurpose: 'APPLICATION',
  };
}

function ingredientPackage(item: Ingredient, index: number): JsonObject {
  return {
    SPDXID: packageId(index),
    name: item.name,
    versionInfo: item.version,
    supplier: 'NOASSERTION',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    ...(item.hash === undefined
      ? {}
      : { checksums: [{ algorithm: item.hash.algorithm.toUpperCase(), checksumValue: item.hash.hex }] }),
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: item.license ?? 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    externalRefs: [purlRef(item.purl)],
    primaryPackagePurpose:
      item.kind === 'image' ? 'CONTAINER' : item.kind === 'npm' ? 'LIBRARY' : 'APPLICATION',
  };
}

function spdxFile(file: DescribedFile, index: number): JsonObject {
  return {
    SPDXID: fileId(index),
    fileName: `./${file.path}`,
    checksums: [
      { algorithm: 'SHA1', checksumValue: file.sha1 },
      { algorithm: 'SHA256', checksumValue: file.sha256 },
    ],
    licenseConcluded: 'NOASSERTION',
    licenseInfoInFiles: ['NOASSERTION'],
    copyrightText: 'NOASSERTION',
  };
}

/** SPDX 2.3 §7.9: sha1 over the files' sorted sha1s. */
function verificationCode(files: readonly DescribedFile[]): string {
  const sums = files.map((f) => f.sha1).sort();
  return createHash('sha1').update(sums.join('')).digest('hex');
}

function relation(from: string, relationshipType: string, to: string): JsonObject {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

function purlRef(purl: string): JsonObject {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl };
}

function packageId(index: number): string {
  return `SPDXRef-Package-${index + 1}`;
}

function fileId(index: number): string {
  return `SPDXRef-File-${index + 1}`;
}

function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
