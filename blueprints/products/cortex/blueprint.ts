import { apiOf, defineBlueprint, output } from '@openova/blueprints';
import type cnpg from '../../platform/cnpg/blueprint.ts';
import type kserve from '../../platform/kserve/blueprint.ts';
import { config } from './config.ts';

/** Cortex, the AI hub: model serving, retrieval, chat, safety and observability, each a Blueprint of its own. */
export default defineBlueprint({
  name: 'cortex',
  version: '1.0.0',
  scope: 'Cluster',
  kind: 'Cortex',
  plural: 'cortexes',
  namespace: 'ai-hub',
  card: {
    title: 'Cortex (AI hub)',
    summary: 'Model serving, retrieval, chat, AI safety and LLM observability as one product.',
    category: 'product',
    family: 'CORTEX',
    icon: 'icon.svg',
    tags: ['ai', 'llm', 'rag'],
    documentation: 'https://github.com/openova-io/openova/tree/main/products/cortex',
  },
  owner: { team: 'OpenOva AI', contact: 'ai@openova.io' },
  config,
  depends: {
    cnpg: { version: '^1.0', api: apiOf<typeof cnpg>() },
  },
  members: {
    knative: { version: '^1.0' },
    kserve: { version: '^1.0', api: apiOf<typeof kserve>(), after: ['knative'] },
    vllm: { version: '^1.0', after: ['kserve'], when: (config) => config.gpu.enabled.is(true) },
    bge: { version: '^1.0', after: ['kserve'] },
    milvus: { version: '^1.0' },
    neo4j: { version: '^1.0', when: (config) => config.graph.enabled.is(true) },
    llmGateway: { version: '^1.0', after: ['vllm'] },
    anthropicAdapter: { version: '^1.0', after: ['llmGateway'] },
    nemoGuardrails: {
      version: '^1.0',
      after: ['llmGateway', 'bge'],
      when: (config) => config.guardrails.enabled.is(true),
    },
    langfuse: { version: '^1.0' },
    librechat: { version: '^1.0', after: ['llmGateway', 'bge'] },
  },
  placement: { modes: ['single-region', 'active-active'], default: 'single-region' },
  sizes: {
    small: {},
    medium: { graph: { enabled: true } },
    large: { graph: { enabled: true }, guardrails: { enabled: true } },
  },
  upgrades: { from: ['^1.0'] },
  outputs: {
    gateway: output.string('OpenAI-compatible endpoint.'),
    chat: output.string('Chat for people.'),
    models: output.string('Domain of inference endpoints, once KServe has one.'),
  },

  compose({ application, config, members, cluster }) {
    const domain = config.domain ?? `${application.name}.${cluster.domain}`;
    const monitoring = config.monitoring.enabled;

    members.kserve.configure({
      config: {
        deploymentMode: config.scaleToZero ? 'Knative' : 'Standard',
        domain: `models.${domain}`,
        monitoring: { metricAggregation: monitoring },
      },
    });
    members.vllm?.configure({ config: { model: config.llmModel, nodePool: config.gpu.nodePool } });
    members.bge.configure({ config: { model: config.embeddingModel } });
    members.milvus.configure({ config: { vectorDim: config.vectorDim } });
    members.llmGateway.configure({
      config: {
        host: `llm-gateway.${domain}`,
        ...(members.vllm?.outputs.endpoint !== undefined && { upstream: members.vllm.outputs.endpoint }),
      },
    });
    members.librechat.configure({ config: { host: `chat.${domain}`, organization: config.organization } });

    const models = members.kserve.outputs.domain;
    return {
      outputs: {
        gateway: `https://llm-gateway.${domain}/v1`,
        chat: `https://chat.${domain}`,
        ...(models !== undefined && { models }),
      },
    };
  },
});
