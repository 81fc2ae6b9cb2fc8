import type { JsonObject } from '../../internal/json.ts';
import {
  type ArtifactDescription,
  artifactPurl,
  filesOf,
  type Ingredient,
  ingredientsOf,
} from './description.ts';

/** The predicate of a CycloneDX 1.6 attestation (`cyclonedx`): no serial number, so the same description gives the same bytes. */
export function cycloneDxPredicate(artifact: ArtifactDescription): JsonObject {
  const root = artifactPurl(artifact);
  const ingredients = ingredientsOf(artifact);
  const files = filesOf(artifact);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: artifact.created,
      tools: { components: [{ type: 'application', name: '@openova/blueprints' }] },
      component: {
        type: 'application',
        'bom-ref': root,
        ...(artifact.supplier === undefined ? {} : { supplier: { name: artifact.supplier } }),
        name: artifact.name,
        version: artifact.version,
        ...(artifact.description === undefined ? {} : { description: artifact.description }),
        ...licenses(artifact.license),
        purl: root,
        ...(artifact.source === undefined
          ? {}
          : { externalReferences: [{ type: 'vcs', url: artifact.source }] }),
      },
    },
    components: [
      ...ingredients.map(component),
      ...files.map((file) => ({
        type: 'file',
        'bom-ref': `file:${file.path}`,
        name: file.path,
        hashes: [
          { alg: 'SHA-1', content: file.sha1 },
          { alg: 'SHA-256', content: file.sha256 },
        ],
      })),
    ],
    dependencies: [
      { ref: root, dependsOn: ingredients.map((item) => item.purl) },
      ...ingredients.map((item) => ({ ref: item.purl, dependsOn: [] })),
    ],
  };
}

function component(item: Ingredient): JsonObject {
  const type = item.kind === 'image' ? 'container' : item.kind === 'npm' ? 'library' : 'application';
  return {
    type,
    'bom-ref': item.purl,
    name: item.name,
    version: item.version,
    ...(item.hash === undefined
      ? {}
      : {
          hashes: [{ alg: item.hash.algorithm === 'sha256' ? 'SHA-256' : 'SHA-512', content: item.hash.hex }],
        }),
    ...licenses(item.license),
    purl: item.purl,
  };
}

/** An expression holds for a single identifier as well, and no list of identifiers has to be kept. */
function licenses(expression: string | undefined): JsonObject {
  return expression === undefined ? {} : { licenses: [{ expression }] };
}
