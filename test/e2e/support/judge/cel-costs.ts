import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type Json, type JsonObject } from '../../../../lib/internal/json.ts';
import { parseYaml } from '../../../../lib/internal/yaml.ts';

const FILE = join(import.meta.dirname, 'cel-costs.yaml');

/** CRDs whose rules are near what the apiserver allows, each with the reason why it is tried. */
export function celCostCases(): readonly {
  readonly name: string;
  readonly reason: string;
  readonly crd: JsonObject;
}[] {
  const [cases] = parseYaml(readFileSync(FILE, 'utf8'), FILE);
  if (!isObject(cases)) throw new Error(`${FILE} holds no cases`);
  return Object.entries(cases).map(([name, one]) => {
    const { reason, properties, rule } = one as JsonObject;
    return {
      name,
      reason: String(reason),
      crd: definition(properties ?? {}, rule ?? ''),
    };
  });
}

function definition(properties: Json, rule: Json): JsonObject {
  const spec = { type: 'object', properties, 'x-kubernetes-validations': [{ rule }] };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rules.judged.example.com' },
    spec: {
      group: 'judged.example.com',
      scope: 'Namespaced',
      names: { kind: 'Rule', plural: 'rules' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  };
}
