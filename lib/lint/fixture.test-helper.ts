import { type Blueprint, defineBlueprint } from '../blueprint/define.ts';
import type { BlueprintDefinition } from '../blueprint/types.ts';
import type { JsonObject } from '../internal/json.ts';
import { objectKey } from '../render/objects.ts';
import { schema } from '../schema/index.ts';
import type { LintInput } from './rule.ts';

type Definition = BlueprintDefinition<
  JsonObject,
  JsonObject,
  Readonly<Record<string, { readonly version: string }>>,
  Record<never, never>,
  string,
  'single-region',
  undefined,
  Record<never, never>,
  Record<never, never>
>;

/** What a row of the rules' tables says; the rest is a Blueprint that every rule is content with. */
export interface Case {
  readonly definition?: Partial<Omit<Definition, 'compose' | 'config'>>;
  readonly properties?: JsonObject;
  readonly files?: Readonly<Record<string, string>>;
  readonly objects?: readonly JsonObject[];
  /** Objects that come in a later round than the others, by name. */
  readonly later?: readonly string[];
  readonly kind?: 'default' | 'variant';
  readonly config?: JsonObject;
}

export const LABELS = { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/instance': 'web' };

/** An object as the toolkit composes it: named, labelled, in the XR's namespace. */
export function object(apiVersion: string, kind: string, name: string, rest: JsonObject = {}): JsonObject {
  const { metadata = {}, ...fields } = rest as { metadata?: JsonObject } & JsonObject;
  const annotations = { 'crossplane.io/composition-resource-name': name };
  return {
    apiVersion,
    kind,
    metadata: { name: `web-${name}`, namespace: 'acme', labels: LABELS, annotations, ...metadata },
    ...fields,
  };
}

const CONFIG_MAP = object('v1', 'ConfigMap', 'words', { data: { hello: 'world' } });

export function lintInput({ definition = {}, properties = {}, files = {}, ...row }: Case): LintInput {
  const { objects = [CONFIG_MAP], later = [], kind = 'default', config = {} } = row;
  const blueprint: Blueprint = defineBlueprint({
    name: 'shop',
    version: '1.0.0',
    scope: 'Namespaced',
    card: { title: 'Shop', summary: 'Sells things.', category: 'test' },
    config: schema<JsonObject>({ type: 'object', properties }),
    placement: { modes: ['single-region'], default: 'single-region' },
    sizes: { small: {} },
    observability: { logs: 'stdout', traces: 'otlp' },
    ...definition,
    compose: () => undefined,
  } as Definition);
  const xr = {
    apiVersion: 'compose.openova.io/v1alpha1',
    kind: 'Shop',
    metadata: { name: 'web', namespace: 'acme' },
    spec: { config },
  };
  const rounds = new Map(
    objects.map((o) => [objectKey(o), later.some((n) => objectKey(o).endsWith(n)) ? 2 : 1]),
  );
  return {
    blueprint,
    path: 'blueprints/platform/shop',
    files: new Map(
      Object.entries({
        'README.md': '# Shop\n',
        'card/description.md': 'Sells. [How](../README.md)\n',
        'blueprint.test.ts': "test('sells', () => { expect(1).toBe(1); });",
        'blueprint.ts': "new ConfigMap(scope, 'words', {});\n",
        ...files,
      }).filter(([, text]) => text !== ''),
    ),
    renderings: [{ label: 'the defaults', kind, xr, objects, rounds }],
    peers: new Map(),
  };
}
