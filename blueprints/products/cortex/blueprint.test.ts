import { type Blueprint, defineBlueprint, output, schema } from '@openova/blueprints';
import { checkRendered, readExample, renderBlueprint, renderVariants } from '@openova/blueprints/testing';
import { describe, expect, test } from 'vitest';
import certManager from '../../platform/cert-manager/blueprint.ts';
import cnpg from '../../platform/cnpg/blueprint.ts';
import kserve from '../../platform/kserve/blueprint.ts';
import cortex from './blueprint.ts';

const today = { catalogue: [cnpg, kserve, certManager] };

/** A member that is still to come, as small as it can be: it takes what Cortex hands down and composes nothing. */
function future(
  name: string,
  config: Readonly<Record<string, 'string' | 'integer'>> = { version: 'string' },
): Blueprint {
  const properties = Object.fromEntries(Object.entries(config).map(([key, type]) => [key, { type }]));
  return defineBlueprint({
    name,
    version: '1.0.0',
    scope: 'Cluster',
    createNamespace: false,
    card: { title: name, summary: `${name}, some day.`, category: 'ai-ml' },
    config: schema<object, object>({ type: 'object', properties }),
    placement: { modes: ['single-region'], default: 'single-region' },
    sizes: { small: {} },
    outputs: { endpoint: output.string('Where it answers.') },
    compose: () => ({ outputs: { endpoint: `http://${name}.ai-hub.svc` } }),
  });
}

const complete = {
  catalogue: [
    ...today.catalogue,
    future('knative'),
    future('vllm', { model: 'string', nodePool: 'string' }),
    future('bge', { model: 'string' }),
    future('milvus', { vectorDim: 'integer' }),
    future('neo4j'),
    future('llm-gateway', { host: 'string', upstream: 'string' }),
    future('anthropic-adapter'),
    future('nemo-guardrails'),
    future('langfuse'),
    future('librechat', { host: 'string', organization: 'string' }),
  ],
};

const small = readExample(import.meta.dirname, 'small');
const large = readExample(import.meta.dirname, 'large');

/** Kinds of the nested XRs. */
function membersOf(objects: readonly { readonly apiVersion?: unknown; readonly kind?: unknown }[]): string[] {
  return objects.filter((o) => String(o.apiVersion).startsWith('compose.')).map((o) => String(o.kind));
}

describe.for(['small', 'medium', 'large'])('%s', (size) => {
  const example = readExample(import.meta.dirname, size);

  test('composes what its golden file says, and becomes ready', async () => {
    const { ready, yaml } = await renderBlueprint(cortex, example, today);
    expect(ready).toBe(true);
    await expect(yaml).toMatchFileSnapshot(`golden/${size}.yaml`);
  });

  test('every object passes its schema and the platform rules, whichever switch is turned', async () => {
    const variants = await renderVariants(cortex, example, today);
    expect(variants.length, 'as it is, all on, and one for each switch').toBeGreaterThan(8);
    for (const { xr, rendered } of variants) {
      expect(checkRendered(rendered), JSON.stringify(xr.spec)).toEqual([]);
      const monitors = rendered.objects.filter((o) => o.apiVersion === 'monitoring.coreos.com/v1');
      expect(monitors, 'a product composes its members, never their objects').toEqual([]);
    }
  });
});

describe('members without a Blueprint', () => {
  test('are left out of what is composed', async () => {
    const { objects } = await renderBlueprint(cortex, large, today);
    expect(membersOf(objects)).toEqual(['Kserve']);
  });

  test.for([
    {
      example: small,
      missing: 'knative, bge, milvus, llm-gateway, anthropic-adapter, langfuse, librechat',
      reason: 'switched off: vllm, neo4j and nemo-guardrails',
    },
    {
      example: large,
      missing:
        'knative, vllm, bge, milvus, neo4j, llm-gateway, anthropic-adapter, nemo-guardrails, langfuse, librechat',
      reason: 'all on',
    },
  ])('are reported exactly, as a condition: $reason', async ({ example, missing, reason }) => {
    const { conditions } = await renderBlueprint(cortex, example, today);
    expect(conditions.get('BlueprintsAvailable'), reason).toMatchObject({
      status: 'False',
      reason: 'BlueprintMissing',
      message: `left out, because the catalogue has no such Blueprint: ${missing}`,
    });
  });

  test('are listed among the components as not ready, with the reason', async () => {
    const { status } = await renderBlueprint(cortex, small, today);
    const components = status.components as readonly { name: string; ready: boolean; message?: string }[];
    expect(components.filter((c) => !c.ready).map((c) => c.name)).toEqual([
      'knative',
      'bge',
      'milvus',
      'llmGateway',
      'anthropicAdapter',
      'langfuse',
      'librechat',
    ]);
    for (const { ready, message } of components) {
      if (!ready) expect(message).toBe('no Blueprint of this name in the catalogue: left out');
    }
  });

  test('stand in the catalogue one day: then nothing is missing', async () => {
    const { ready, conditions, objects } = await renderBlueprint(cortex, large, complete);
    expect(ready).toBe(true);
    expect(conditions.get('BlueprintsAvailable')).toMatchObject({ status: 'True' });
    expect(membersOf(objects).sort()).toEqual([
      'AnthropicAdapter',
      'Bge',
      'Knative',
      'Kserve',
      'Langfuse',
      'Librechat',
      'LlmGateway',
      'Milvus',
      'NemoGuardrails',
      'Neo4j',
      'Vllm',
    ]);
  });
});

describe('optional members', () => {
  test.for([
    {
      config: { gpu: { enabled: false } },
      kind: 'Vllm',
      there: false,
      reason: 'no GPU, no model served here',
    },
    { config: { gpu: { enabled: true } }, kind: 'Vllm', there: true, reason: 'models are served here' },
    { config: {}, kind: 'Neo4j', there: false, reason: 'the graph is off by default' },
    { config: { graph: { enabled: true } }, kind: 'Neo4j', there: true, reason: 'the graph is on' },
    { config: {}, kind: 'NemoGuardrails', there: false, reason: 'guardrails are off by default' },
    {
      config: { guardrails: { enabled: true } },
      kind: 'NemoGuardrails',
      there: true,
      reason: 'guardrails are on',
    },
  ])('$kind: $reason', async ({ config, kind, there, reason }) => {
    const xr = { ...small, spec: { config: { organization: 'acme', ...config } } };
    const { find } = await renderBlueprint(cortex, xr, complete);
    expect(find(kind), reason).toHaveLength(there ? 1 : 0);
  });

  test('one that is switched off is deleted, and nothing else', async () => {
    const on = { ...small, spec: { config: { organization: 'acme', graph: { enabled: true } } } };
    const off = { ...small, spec: { config: { organization: 'acme', graph: { enabled: false } } } };
    const before = await renderBlueprint(cortex, on, complete);
    const observed = before.result.objects.filter((o) => o.kind !== 'Cortex');
    const after = await renderBlueprint(cortex, off, { ...complete, observed });
    const deleted = after.result.rounds.flatMap(({ changes }) =>
      changes.filter((c) => c.what === 'deleted').map((c) => c.object.kind),
    );
    expect(deleted).toEqual(['Neo4j']);
    expect(after.ready).toBe(true);
  });
});

describe('values handed down', () => {
  test('kserve gets its domain, mode and metrics', async () => {
    const { get } = await renderBlueprint(cortex, large, today);
    expect(get('Kserve', 'cortex-kserve').spec).toEqual({
      size: 'large',
      placement: { mode: 'single-region' },
      config: {
        deploymentMode: 'Knative',
        domain: 'models.ai.acme.example.org',
        monitoring: { metricAggregation: true },
      },
    });
  });

  test('the others get models, hosts and the Organization; the gateway learns where the models answer', async () => {
    const { get } = await renderBlueprint(cortex, large, complete);
    const config = (kind: string): unknown => (get(kind).spec as { config?: unknown }).config;
    expect(config('Vllm')).toEqual({ model: 'qwen3-32b', nodePool: 'a100' });
    expect(config('Bge')).toEqual({ model: 'bge-m3' });
    expect(config('Milvus')).toEqual({ vectorDim: 1024 });
    expect(config('Librechat')).toEqual({ host: 'chat.ai.acme.example.org', organization: 'acme' });
    expect(config('LlmGateway')).toEqual({
      host: 'llm-gateway.ai.acme.example.org',
      upstream: 'http://vllm.ai-hub.svc',
    });
  });

  test('and what they publish comes up again', async () => {
    const { status } = await renderBlueprint(cortex, small, {
      ...today,
      cluster: { domain: 'omantel.example' },
    });
    expect(status.outputs).toEqual({
      gateway: 'https://llm-gateway.cortex.omantel.example/v1',
      chat: 'https://chat.cortex.omantel.example',
      models: 'models.cortex.omantel.example',
    });
  });
});

describe('readiness', () => {
  test('members come in the order they declare', async () => {
    const { steps } = await renderBlueprint(cortex, large, complete);
    const at = (what: string): number => steps.findIndex((step) => step.includes(what));
    const order = [
      'Knative/cortex-knative',
      'Kserve/cortex-kserve',
      'Vllm/cortex-vllm',
      'LlmGateway/cortex-llm-gateway',
    ];
    for (const [i, what] of order.entries()) {
      expect(at(what), what).toBeGreaterThan(i === 0 ? -1 : at(order[i - 1] ?? ''));
    }
  });

  test('is the sum of the members: one that is stuck holds the product', async () => {
    const { ready, status, result } = await renderBlueprint(cortex, small, {
      ...today,
      becomeReady: (object) => (object.kind === 'Namespace' ? { phase: 'Active' } : undefined),
    });
    expect(ready).toBe(false);
    expect(status.phase).toBe('Provisioning');
    expect(JSON.stringify(result.waitingFor)).toContain('kserve');
  });

  test('nothing new is composed before CNPG is there', async () => {
    const { objects, conditions } = await renderBlueprint(cortex, small, {
      ...today,
      dependencies: 'absent',
    });
    expect(objects).toEqual([]);
    expect(conditions.get('DependenciesReady')?.message).toBe('cnpg: there is no Cnpg yet');
  });
});
