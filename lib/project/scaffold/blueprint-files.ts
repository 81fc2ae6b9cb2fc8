import { formatJson } from '../../internal/format-json.ts';
import type { JsonObject } from '../../internal/json.ts';
import { kindOfBlueprint } from '../../model/names.ts';
import { formatConfigTable, generateConfigModule, loadConfigSchema } from '../../schema/index.ts';

/** A member that a new product starts with. */
export interface FirstMember {
  readonly name: string;
  readonly range: string;
}

export interface BlueprintScaffold {
  readonly name: string;
  /** Present for a product: what it composes. */
  readonly members?: readonly FirstMember[];
}

const SIZES = ['small', 'medium', 'large'];

/** Files of a new Blueprint folder, by path below it. It renders, validates and passes its test as it is. */
export async function blueprintFiles(scaffold: BlueprintScaffold): Promise<ReadonlyMap<string, string>> {
  const { name, members } = scaffold;
  const schema = members === undefined ? APPLICATION_SCHEMA : PRODUCT_SCHEMA;
  const files = new Map([
    ['blueprint.ts', members === undefined ? application(name) : product(name, members)],
    ['blueprint.test.ts', test(name, members !== undefined)],
    ['config.schema.json', formatJson(schema)],
    ['config.ts', await generateConfigModule(schema, { name })],
    ['README.md', readme(name, schema)],
    ['card/icon.svg', icon(name)],
    [
      'card/description.md',
      `# ${title(name)}\n\nWhat it is, whom it helps, and what they get, in a few sentences.\n\n[How to use it](../README.md)\n`,
    ],
  ]);
  for (const size of SIZES) files.set(`examples/${size}.yaml`, example(name, size, members === undefined));
  return files;
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
}

/** `cert-manager` → `certManager`, a name that TypeScript takes. */
function identifier(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, c: string) => c.toUpperCase());
}

const APPLICATION_SCHEMA: JsonObject = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    replicas: {
      type: 'integer',
      description: 'Pods that serve.',
      default: 1,
      minimum: 1,
      maximum: 9,
    },
    storage: {
      type: 'string',
      description: 'Volume of each pod.',
      default: '1Gi',
      enum: ['1Gi', '4Gi', '16Gi', '64Gi'],
    },
    monitoring: {
      type: 'object',
      properties: {
        enabled: { type: 'boolean', description: 'Let Prometheus read metrics.', default: false },
      },
    },
  },
};

const PRODUCT_SCHEMA: JsonObject = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    monitoring: {
      type: 'object',
      properties: {
        enabled: {
          type: 'boolean',
          description: 'Let Prometheus read metrics of every member.',
          default: false,
        },
      },
    },
  },
};

function application(name: string): string {
  return `import { defineBlueprint, HelmRelease, helmChart, output } from '@openova/blueprints';
import { NetworkPolicy } from '@openova/blueprints/kinds/core';
import { PodMonitor } from '@openova/blueprints/kinds/prometheus';
import { config } from './config.ts';

/** ${title(name)}: say in a sentence what it installs. */
export default defineBlueprint({
  name: '${name}',
  version: '0.1.0',
  scope: 'Namespaced',
  card: {
    title: '${title(name)}',
    summary: 'One sentence for the marketplace.',
    category: 'application',
    icon: 'icon.svg',
  },
  config,
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: {
    small: {},
    medium: { replicas: 2, storage: '4Gi' },
    large: { replicas: 3, storage: '16Gi' },
  },
  // The upstream chart: replace repository, chart and version by those of the project that you package.
  upstream: helmChart({ repository: 'https://charts.example.com', chart: '${name}', version: '1.0.0' }),
  // What the software emits. What it cannot, take out, and say why in lint.json: bp explain traces
  observability: { metrics: 'prometheus', logs: 'stdout', traces: 'otlp' },
  outputs: {
    host: output.string('Service name, inside the namespace.'),
  },

  compose({ scope, application, config, upstream }) {
    const release = new HelmRelease(scope, 'server', {
      chart: upstream,
      values: {
        replicaCount: config.replicas,
        persistence: { size: config.storage },
      },
    });

    // Only pods of the same namespace may connect.
    new NetworkPolicy(scope, 'clients', {
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/instance': application.name } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: {} }] }],
      },
    });

    if (config.monitoring.enabled) {
      new PodMonitor(scope, 'metrics', {
        spec: {
          selector: { matchLabels: { 'app.kubernetes.io/instance': application.name } },
          podMetricsEndpoints: [{ port: 'metrics' }],
        },
      }).after(release);
    }

    return { outputs: { host: application.name } };
  },
});
`;
}

function product(name: string, members: readonly FirstMember[]): string {
  const declared = members.map((m) => `    ${identifier(m.name)}: { version: '${m.range}' },`).join('\n');
  return `import { defineBlueprint } from '@openova/blueprints';
import { config } from './config.ts';

/** ${title(name)}: say in a sentence what the product is. Each member is a Blueprint of its own, composed as a nested XR. */
export default defineBlueprint({
  name: '${name}',
  version: '0.1.0',
  scope: 'Cluster',
  card: {
    title: '${title(name)}',
    summary: 'One sentence for the marketplace.',
    category: 'product',
    icon: 'icon.svg',
  },
  config,
  // A member is composed because it stands here; compose only hands values down:
  // members.${identifier(members[0]?.name ?? 'member')}.configure({ config: { … } })
  members: {
${declared}
  },
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: { small: {}, medium: {}, large: { monitoring: { enabled: true } } },

  compose() {
    return {};
  },
});
`;
}

function test(name: string, isProduct: boolean): string {
  const own = identifier(name);
  const more = isProduct
    ? ''
    : `
test('metrics are off until somebody asks for them', async () => {
  const small = readExample(import.meta.dirname, 'small');
  const { find } = await renderBlueprint(${own}, small);
  expect(find('PodMonitor')).toEqual([]);

  const asked = { ...small, spec: { config: { monitoring: { enabled: true } } } };
  const { get } = await renderBlueprint(${own}, asked);
  expect(get('PodMonitor').metadata).toMatchObject({ namespace: 'default' });
});
`;
  return `import { checkRendered, readExample, renderBlueprint } from '@openova/blueprints/testing';
import { expect, test } from 'vitest';
import ${own} from './blueprint.ts';

test.for(['small', 'medium', 'large'])('%s becomes ready, and every object passes its schema', async (size) => {
  const rendered = await renderBlueprint(${own}, readExample(import.meta.dirname, size));
  expect(rendered.ready).toBe(true);
  expect(checkRendered(rendered)).toEqual([]);
});
${more}`;
}

function readme(name: string, schema: JsonObject): string {
  return `# ${title(name)}

What this Blueprint installs, and what it needs.

\`\`\`yaml
apiVersion: compose.openova.io/v1alpha1
kind: ${kindOfBlueprint(name)}
metadata:
  name: ${name}
spec:
  size: small
\`\`\`

## Config

<!-- config:start -->

${formatConfigTable(loadConfigSchema(schema))}
<!-- config:end -->
`;
}

function example(name: string, size: string, namespaced: boolean): string {
  return `# yaml-language-server: $schema=../generated/xr.schema.json
apiVersion: compose.openova.io/v1alpha1
kind: ${kindOfBlueprint(name)}
metadata:
  name: ${name}
${namespaced ? '  namespace: default\n' : ''}spec:
  size: ${size}
`;
}

function icon(name: string): string {
  const letter = name.charAt(0).toUpperCase();
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="${title(name)}">
  <rect width="64" height="64" rx="12" fill="#1f4b99"/>
  <text x="32" y="44" font-family="sans-serif" font-size="36" text-anchor="middle" fill="#fff">${letter}</text>
</svg>
`;
}
