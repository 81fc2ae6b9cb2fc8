import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Document, parse, parseAllDocuments } from 'yaml';
import { resolveConfig } from '../blueprint/config.ts';
import { type Blueprint, defineBlueprint } from '../blueprint/define.ts';
import { common } from '../blueprint/fixture.test-helper.ts';
import type { PlacementMode } from '../blueprint/types.ts';
import { getPath, type JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { findKind, loadDefinition, loadSchema } from '../kinds/registry.ts';
import { type StructuralSchema, schema, validateStructural } from '../schema/index.ts';
import { generateBlueprintManifest } from './blueprint-manifest.ts';
import { generateComposition } from './composition.ts';
import { DEFAULT_COORDINATES, hostFunctionName, hostPackage } from './coordinates.ts';
import { generateConfiguration, generateRuntimeConfig, RUNTIME_CONFIG_NAME } from './runtime.ts';
import { generateXrd, xrSchema } from './xrd.ts';

const shop = defineBlueprint({
  ...common,
  depends: { database: { version: '^1' } },
  placement: { modes: ['single-region', 'active-hotstandby'], default: 'single-region' },
  compose: () => undefined,
});

class CoreDefinitions extends Map<string, StructuralSchema> {
  override get(name: string): StructuralSchema | undefined {
    return loadDefinition(name);
  }
}

function shownFunction(): JsonObject {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, block = ''] =
    /```yaml\n(apiVersion: pkg\.crossplane\.io\/v1\nkind: Function\n[^`]*)```/.exec(page) ?? [];
  return parse(block) as JsonObject;
}

/** What the apiserver would say to an object of a kind that the toolkit knows; ObjectMeta is its own affair. */
function judged(object: JsonObject): readonly object[] {
  const kind = findKind(String(object.apiVersion), String(object.kind));
  if (kind === undefined) throw new Error(`no schema of ${String(object.apiVersion)} ${String(object.kind)}`);
  const { metadata: _, ...rest } = object;
  const options = { resource: true, definitions: new CoreDefinitions() };
  return validateStructural(loadSchema(kind), rest, options);
}

describe('what we generate passes the schema of its kind', () => {
  const generated: Readonly<Record<string, JsonObject>> = {
    XRD: generateXrd(shop),
    Composition: generateComposition(shop, { coordinates: DEFAULT_COORDINATES, bundle: 'sha256:00' }),
    DeploymentRuntimeConfig: generateRuntimeConfig(),
    Configuration: generateConfiguration(DEFAULT_COORDINATES, 'bp-shop', '1.2.0'),
    Function: shownFunction(),
  };
  test.for(Object.entries(generated))('%s', ([, object]) => {
    expect(judged(object)).toEqual([]);
    expect(judged({ ...object, spec: { ...(object.spec as JsonObject), surprise: 1 } })).not.toEqual([]);
  });
});

test('the Function that docs/operations.md shows is the one that Compositions call, with the runtime config', () => {
  const { metadata, spec } = shownFunction() as { metadata: JsonObject; spec: JsonObject };
  expect(metadata).toEqual({ name: hostFunctionName(DEFAULT_COORDINATES) });
  expect(spec.package).toMatch(new RegExp(`^${hostPackage(DEFAULT_COORDINATES)}:`));
  expect(spec.runtimeConfigRef).toEqual({ name: RUNTIME_CONFIG_NAME });
});

test('the XRD carries no default below spec: the apiserver would turn it into a value of the user', () => {
  const spec = JSON.stringify(getPath(xrSchema(shop), ['properties', 'spec']));
  expect(spec).toContain('"replicas"');
  expect(spec).not.toContain('"default"');
});

test('an XR is judged as the definition says', () => {
  const judge = (spec: JsonObject) => validateStructural(xrSchema(shop), { spec }, { resource: true });
  expect(judge({ config: { replicas: 2 }, size: 'small', dependencies: { database: 'main' } })).toEqual([]);
  expect(
    judge({ config: { replicas: 9 }, size: 'huge', dependencies: { other: 'x' }, surprise: 1 }).map(
      (i) => i.path,
    ),
  ).toEqual(['spec.config.replicas', 'spec.size', 'spec.dependencies.other', 'spec.surprise']);
});

test('a Composition routes to the Blueprint and can be pinned by its version', () => {
  const composition = generateComposition(shop, {
    coordinates: { prefix: 'r.io/a.b' },
    version: '1.2.0-dev.ab',
  });
  expect(composition).toMatchObject({
    metadata: { name: 'shops.compose.openova.io', labels: { 'compose.openova.io/version': '1.2.0-dev.ab' } },
    spec: {
      pipeline: [
        {
          functionRef: { name: 'a-b-function-blueprints' },
          input: { blueprint: 'shop', version: '1.2.0-dev.ab' },
        },
      ],
    },
  });
});

describe('placement: the XRD and the host give one verdict', () => {
  const MODES: readonly PlacementMode[] = ['single-region', 'active-active', 'active-hotstandby'];
  const region = fc.constantFrom('hz-fsn-rtz-prod', 'hz-nbg-rtz-prod', 'aws-fra-rtz-prod', 'az-weu-mgt-dev');
  const declared = fc
    .record({
      modes: fc.subarray([...MODES], { minLength: 1 }),
      pick: fc.nat(2),
      minRegions: fc.integer({ min: 1, max: 5 }),
      maxRegions: fc.integer({ min: 1, max: 5 }),
    })
    .filter((d) => d.minRegions <= d.maxRegions && (d.maxRegions > 1 || d.modes.join() === 'single-region'));
  const given = fc.record(
    { mode: fc.constantFrom(...MODES), regions: fc.array(region, { minLength: 1, maxLength: 6 }) },
    { requiredKeys: [] },
  );

  test('over generated declarations and placements', () => {
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(declared, given, ({ modes, pick, minRegions, maxRegions }, placement) => {
        const blueprint = defineBlueprint({
          ...common,
          placement: {
            modes,
            default: modes[pick % modes.length] ?? 'single-region',
            minRegions,
            maxRegions,
          },
          compose: () => undefined,
        });
        const offered = validateStructural(xrSchema(blueprint), { spec: { placement } }, { resource: true });
        const host = accepts(blueprint, placement);
        verdicts.add(host);
        expect(host, JSON.stringify(offered)).toBe(offered.length === 0);
      }),
      { seed: 3, numRuns: 400 },
    );
    expect(verdicts.size, 'both verdicts were met').toBe(2);
  });

  function accepts(blueprint: Blueprint, placement: { mode?: string; regions?: readonly string[] }): boolean {
    const { mode, regions = [] } = placement;
    try {
      resolveConfig(blueprint, { config: {}, size: undefined, placement: { mode, regions } });
      return true;
    } catch {
      return false;
    }
  }
});

describe('YAML', () => {
  const words = [
    'n',
    'y',
    'on',
    'off',
    'no',
    'yes',
    'null',
    '~',
    '0o17',
    '017',
    '1e3',
    '0x1f',
    '1_000',
    '1:30',
    '.5',
    '.inf',
    '=',
    '<<',
    '2024-01-01',
    '1.0',
    '+1',
    '-',
    '',
    ' a',
    'a: b',
    '#x',
    '*a',
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    'true',
    'False',
    'NaN',
    '.nan',
    '0b1',
    '12e03',
    '0.',
    '190:20:30',
  ];
  const awkward = defineBlueprint({
    ...common,
    config: schema<object>({
      type: 'object',
      properties: Object.fromEntries(
        ['n', 'y', 'on', 'off', 'no', '1e3', 'true'].map((key) => [
          key,
          { type: 'string', enum: words.filter((w) => w !== ''), description: 'on: off #1' },
        ]),
      ),
    }),
    compose: () => undefined,
  });

  test.for([
    ['the XRD', generateXrd(awkward)],
    ['the Blueprint', generateBlueprintManifest(awkward)],
    ['a bag of words', { list: words, ...Object.fromEntries(words.map((w) => [w, w])) }],
  ] as const)('of %s reads the same by 1.1 and 1.2 rules', ([, value]) => {
    const text = formatYaml(value);
    for (const version of ['1.1', '1.2'] as const) {
      const [doc] = parseAllDocuments(text, { version });
      expect((doc as Document).errors, version).toEqual([]);
      expect((doc as Document).toJS(), version).toEqual(value);
    }
  });
});
