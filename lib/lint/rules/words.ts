import { chartsOf } from '../../blueprint/upstream.ts';
import { isObject } from '../../internal/json.ts';
import { walk } from '../objects.ts';
import type { Found, LintInput, LintRule } from '../rule.ts';

interface BannedWord {
  readonly word: RegExp;
  readonly instead: string;
  /** What may stand around it: a term of another trade. */
  readonly exempt?: RegExp;
}

const BANNED: readonly BannedWord[] = [
  { word: /\btenants?\b/gi, instead: 'Organization', exempt: /tenant[-_ ]?ids?|multi-tenan/i },
  {
    word: /\boperators?\b/gi,
    instead: 'sovereign-admin, for a person',
    // An Operator of Kubernetes is fine; only a person must not be called so.
    exempt:
      /^(?!.*\b(human|person|on-call|the operator (must|should|can|may|has to|decides|logs|signs)|as an operator|operators (must|should|can|may))\b)/i,
  },
  {
    word: /\bclients?\b/gi,
    instead: 'User',
    exempt: /^(?!.*\b(our|paying|new|each|every) clients?\b)/i,
  },
  {
    word: /\bmodules?\b/gi,
    instead: 'Blueprint',
    exempt:
      /\b(go|terraform|tofu|helm|node|npm|es|python|kernel|typescript|redis|valkey|java)\b.{0,12}module/i,
  },
  {
    word: /\btemplates?\b/gi,
    instead: 'Blueprint',
    exempt:
      /(kubernetes|pod|prompt|scaffold|helm|chart|claim|volume|secret|message|mail|email|go|certificate|job).{0,20}templates?|templates?\//i,
  },
  { word: /\bbackstage\b/gi, instead: 'Catalyst console' },
  { word: /\bsynapse\b/gi, instead: 'Axon', exempt: /matrix/i },
  { word: /\blifecycle manager\b/gi, instead: 'Catalyst' },
  { word: /\bbootstrap wizard\b/gi, instead: 'Catalyst bootstrap' },
  { word: /\bworkspaces?\b/gi, instead: 'Environment' },
  {
    word: /\binstances?\b/gi,
    instead: 'Application',
    exempt:
      /(database|postgres\w*|sql|cluster|one|vm|compute|standby|replica|primary|single|number of|kubernetes\.io\/)\W{0,3}.{0,16}instances?|instances? (of|each|count|that)|instances\b/i,
  },
  { word: /\bPromotionPolic(y|ies)\b/g, instead: 'EnvironmentPolicy' },
  { word: /\bk8gb\b/gi, instead: 'PowerDNS lua-records' },
];

/** Text that a person reads: without code, links and what `bp generate` writes into a README. */
function prose(text: string): string {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  return text
    .replace(/<!-- config:start -->[\s\S]*?<!-- config:end -->/g, blank)
    .replace(/```[\s\S]*?```/g, blank)
    .replace(/`[^`\n]*`/g, blank)
    .replace(/\]\([^)]*\)/g, blank);
}

/** Banned words of a text with what to say instead. */
export function* bannedWords(text: string): Generator<{ word: string; instead: string; offset: number }> {
  const plain = prose(text);
  for (const { word, instead, exempt } of BANNED) {
    for (const match of plain.matchAll(word)) {
      const start = plain.lastIndexOf('\n', match.index) + 1;
      const end = plain.indexOf('\n', match.index);
      if (exempt?.test(plain.slice(start, end === -1 ? undefined : end))) continue;
      yield { word: match[0], instead, offset: match.index };
    }
  }
}

export const bannedWord: LintRule = {
  id: 'banned-word',
  tag: 'static',
  severity: 'error',
  summary: "names and texts speak the platform's language",
  why: 'One thing has one name everywhere: in the console, in Git, in the API and in talk.',
  fix: 'Say what the finding proposes. Terms of other trades (Helm module, OIDC client, a Kubernetes Operator) and code are free.',
  example: { wrong: 'A database for every tenant.', right: 'A database for every Organization.' },
  *check(input) {
    const { blueprint, files } = input;
    const { title, summary, tags = [] } = blueprint.facts.card;
    for (const [path, text] of [
      ['name', blueprint.name.replaceAll('-', ' ')],
      ['card.title', title],
      ['card.summary', summary],
      ...tags.map((tag, i): [string, string] => [`card.tags[${i}]`, tag.replaceAll('-', ' ')]),
    ] as const) {
      for (const found of bannedWords(text)) yield said(path, found);
    }
    yield* inSchema(input);
    for (const file of ['README.md', 'card/description.md']) {
      for (const found of bannedWords(files.get(file) ?? '')) {
        yield { ...said(file, found), at: { file, offset: found.offset } };
      }
    }
  },
};

function said(path: string, { word, instead }: { word: string; instead: string }): Found {
  return { path, message: `says "${word}"`, remedy: `say ${instead}` };
}

function* inSchema({ blueprint }: LintInput): Generator<Found> {
  for (const { path, key, value } of walk(blueprint.config.json)) {
    if ((key !== 'description' && key !== 'title') || typeof value !== 'string' || isObject(value)) continue;
    for (const found of bannedWords(value)) {
      yield { ...said(`$.${path}`, found), at: { file: 'config.schema.json', pointer: path } };
    }
  }
}

const REMOVED: ReadonlyMap<string, string> = new Map([
  ['backstage', 'the Catalyst console'],
  ['mongodb', 'ferretdb over cnpg'],
  ['activemq', 'strimzi or NATS JetStream'],
  ['rabbitmq', 'strimzi or NATS JetStream'],
  ['vitess', 'cnpg'],
  ['airflow', 'scheduled Jobs, or an Application of your own'],
  ['camel', 'strimzi with its connectors'],
  ['dapr', 'plain services behind Cilium'],
  ['superset', 'grafana'],
  ['searxng', 'a search provider behind llm-gateway'],
  ['langserve', 'llm-gateway'],
  ['trino', 'cnpg'],
  ['lago', 'an Application of your own'],
]);

export const removedComponent: LintRule = {
  id: 'removed-component',
  tag: 'static',
  severity: 'warning',
  summary: 'nothing that the platform has taken out',
  why: 'These components were removed: nobody patches, mirrors or supports them on the platform.',
  fix: 'Use what the finding proposes.',
  example: {
    wrong: "depends: { mongodb: { version: '^1.0' } }",
    right: "depends: { ferretdb: { version: '^1.0' } }",
  },
  *check({ blueprint }) {
    const names: (readonly [string, string])[] = [
      ['name', blueprint.name],
      ...blueprint.depends.map((d) => [`depends.${d.alias}`, d.blueprint] as const),
      ...blueprint.members.map((m) => [`members.${m.alias}`, m.blueprint] as const),
      ...chartsOf(blueprint.upstream).map(([name, c]) => [`upstream.${name}`, c.chart] as const),
    ];
    for (const [path, name] of names) {
      const word = [...REMOVED.keys()].find((removed) => name.split('-').includes(removed));
      if (word === undefined) continue;
      yield { path, message: `"${word}" was removed from the platform`, remedy: `use ${REMOVED.get(word)}` };
    }
  },
};

// Kinds of the platform, of Kubernetes and of Crossplane, which an XR of the same name would be confused with.
const RESERVED_KINDS = new Set(
  'Platform Component Blueprint Organization Environment Application EnvironmentPolicy SecretPolicy Runbook Sovereign UserAccess Continuum Namespace Service Secret ConfigMap Pod Node Deployment Job Ingress Event Role Composition Function Provider Configuration Usage'.split(
    ' ',
  ),
);
const RESERVED_NAMES = new Set('system flux-system crossplane-system catalyst gitea bp openova'.split(' '));

export const reservedName: LintRule = {
  id: 'reserved-name',
  tag: 'static',
  severity: 'error',
  summary: 'name, kind and namespace are not ones that the platform keeps for itself',
  why: 'kubectl, RBAC and people would take one for the other.',
  fix: 'Name it after the software: name, kind, plural and namespace can each be set in defineBlueprint.',
  example: { wrong: "name: 'application'", right: "name: 'acme-shop'" },
  *check({ blueprint }) {
    if (RESERVED_NAMES.has(blueprint.name)) {
      yield { path: 'name', message: `"${blueprint.name}" is kept for the platform` };
    }
    if (RESERVED_KINDS.has(blueprint.kind)) {
      yield {
        path: 'kind',
        message: `"${blueprint.kind}" is a kind that exists already`,
        remedy: 'set another kind',
      };
    }
    const own = blueprint.scope === 'Cluster' && blueprint.createNamespace;
    if (own && /^(kube-|openova-system$|crossplane-system$|flux-system$)/.test(blueprint.namespace)) {
      yield { path: 'namespace', message: `"${blueprint.namespace}" is not a Blueprint's to create` };
    }
  },
};
