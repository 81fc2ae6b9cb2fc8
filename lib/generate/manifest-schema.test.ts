import { createRequire } from 'node:module';
import type { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { defineBlueprint } from '../blueprint/define.ts';
import { common } from '../blueprint/fixture.test-helper.ts';
import type { JsonObject } from '../internal/json.ts';
import { parseYamlDocument } from '../internal/yaml.ts';
import { validateObject } from '../project/validate-object.ts';
import { formatManifest, generateBlueprintManifest } from './blueprint-manifest.ts';
import { generateManifestEditorSchema } from './manifest-schema.ts';

const { Ajv: AjvClass } = createRequire(import.meta.url)('ajv') as { Ajv: typeof Ajv };
const editor = new AjvClass({ strict: false, validateFormats: false }).compile(
  generateManifestEditorSchema(),
);

const blueprint = defineBlueprint({
  ...common,
  depends: { issuer: { blueprint: 'cert-manager', version: '^1', when: (c) => c.tls.enabled.is(true) } },
  compose: () => undefined,
});
const written = parseYamlDocument(
  formatManifest(generateBlueprintManifest(blueprint)),
  'blueprint.yaml',
) as JsonObject;

function changed(spec: JsonObject, more: JsonObject = {}): JsonObject {
  return { ...written, ...more, spec: { ...(written.spec as JsonObject), ...spec } };
}

describe('schema of blueprint.yaml', () => {
  test.each<[string, JsonObject]>([
    ['what is generated', written],
    ['the older apiVersion', changed({}, { apiVersion: 'catalyst.openova.io/v1alpha1' })],
    ['the older place of the version', changed({}, { metadata: { name: 'bp-a', version: '1.0.0' } })],
    ['older names on the card', changed({ card: { title: 'A', tagline: 'b', docs: 'https://a.example' } })],
    ['no word about placement: every mode', changed({ placementSchema: {} })],
  ])('takes %s', (_why, manifest) => {
    expect(validateObject(manifest, [])).toEqual({ known: true, issues: [] });
    expect(editor(manifest), JSON.stringify(editor.errors)).toBe(true);
  });

  test('takes a dependency that is only a name, as older Blueprints write it', () => {
    expect(validateObject(changed({ depends: ['bp-cnpg'] }), []).issues).toEqual([]);
  });

  test.each<[string, JsonObject, string]>([
    ['a slip of the pen', { visibilty: 'listed' }, 'spec.visibilty'],
    ['a version that is a number', { version: 1 }, 'spec.version'],
    ['a version that is not semantic', { version: 'v1.0' }, 'spec.version'],
    ['a card without a title', { card: { summary: 'b' } }, 'spec.card.title'],
    [
      'a mode that nobody knows',
      { placementSchema: { modes: ['everywhere'] } },
      'spec.placementSchema.modes[0]',
    ],
    ['more than five regions', { placementSchema: { maxRegions: 6 } }, 'spec.placementSchema.maxRegions'],
    ['a dependency without a name', { depends: [{ version: '^1' }] }, 'spec.depends[0].blueprint'],
    ['a duration without a unit', { rotation: [{ kind: 'tls-cert', ttl: '90' }] }, 'spec.rotation[0].ttl'],
  ])('refuses %s, in bp validate and in the editor', (_why, spec, path) => {
    expect(validateObject(changed(spec), []).issues.map((i) => i.path)).toEqual([path]);
    expect(editor(changed(spec))).toBe(false);
  });

  test.each<[string, JsonObject]>([
    ['a default that is not offered', { modes: ['single-region'], default: 'active-active' }],
    ['regions out of order', { minRegions: 3, maxRegions: 2 }],
  ])('bp validate also refuses %s', (_why, placementSchema) => {
    const { issues } = validateObject(changed({ placementSchema }), []);
    expect(issues.map((i) => i.path)).toEqual(['spec.placementSchema']);
  });
});
