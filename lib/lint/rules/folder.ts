import { chartsOf } from '../../blueprint/upstream.ts';
import { getPath } from '../../internal/json.ts';
import { parseYaml } from '../../internal/yaml.ts';
import { checkUpgrade, satisfies } from '../../model/versions.ts';
import type { LintRule } from '../rule.ts';
import { isAuthored, literals } from '../source-text.ts';

export const readmeLinked: LintRule = {
  id: 'readme-linked',
  hard: 10,
  tag: 'static',
  severity: 'error',
  summary: 'there is a README, and the card leads to it',
  why: 'Whoever installs from the marketplace must find out what it needs, how it is sized and how it is removed.',
  fix: 'Write README.md and link it from card/description.md: [How to use it](../README.md).',
  example: {
    wrong: 'A cache for one Application.',
    right: 'A cache for one Application. [How to use it](../README.md)',
  },
  *check({ files, blueprint, path }) {
    const readme = files.get('README.md');
    if (readme === undefined || readme.trim() === '') {
      yield { path: 'README.md', message: 'there is none', remedy: 'write one', at: { file: 'README.md' } };
      return;
    }
    const { documentation } = blueprint.facts.card;
    const description = files.get('card/description.md') ?? '';
    const folder = path.split('/').slice(-2).join('/');
    if (/\]\(\.\.\/README\.md(#[^)]*)?\)/.test(description) || documentation?.includes(folder)) return;
    yield {
      path: 'card/description.md',
      message: 'does not lead to the README',
      remedy: 'add [How to use it](../README.md)',
      at: { file: 'card/description.md' },
    };
  },
};

export const acceptanceTests: LintRule = {
  id: 'acceptance-tests',
  hard: 11,
  tag: 'static',
  severity: 'error',
  summary: 'there are tests, and they assert something',
  why: 'What the Blueprint promises is kept by its tests, in every later version.',
  fix: 'Write blueprint.test.ts: render an example and expect what your users rely on.',
  example: {
    wrong: '(no *.test.ts)',
    right: "test('it becomes ready', async () => { expect(await render(xr)).toBecomeReady(); });",
  },
  *check({ files }) {
    const tests = [...files].filter(([path]) => path.endsWith('.test.ts'));
    if (tests.some(([, text]) => /\b(test|it)(\.\w+)*\(/.test(text) && /\bexpect\w*[(.]/.test(text))) return;
    const message = tests.length === 0 ? 'there are no tests' : 'no test expects anything';
    yield { path: 'blueprint.test.ts', message, remedy: 'render an example and expect what users rely on' };
  },
};

export const upgradePath: LintRule = {
  id: 'upgrade-path',
  hard: 12,
  tag: 'declared',
  severity: 'warning',
  summary: 'it says from which versions one can upgrade, and that is tested',
  why: 'Who upgrades must know whether one step is enough. Before a release, bp diff compares it with the previous version.',
  fix: "State upgrades: { from: ['^1.0'] }; it must not block its own line.",
  example: {
    wrong: "version: '1.4.0' // and no upgrades",
    right: "version: '1.4.0', upgrades: { from: ['^1.0'] }",
  },
  *check({ blueprint }) {
    const { upgrades } = blueprint.facts;
    const first = /^0\.|^1\.0\.0(-|$)/.test(blueprint.version);
    if (upgrades === undefined) {
      if (!first) yield { path: 'upgrades', message: 'does not say from which versions one can upgrade' };
      return;
    }
    for (const [i, range] of (upgrades.blocks ?? []).entries()) {
      if (!satisfies(blueprint.version, range)) continue;
      yield {
        path: `upgrades.blocks[${i}]`,
        message: `"${range}" blocks this very version ${blueprint.version}`,
      };
    }
    const { from = [] } = upgrades;
    if (
      from.length > 0 &&
      !first &&
      !checkUpgrade(previousOf(blueprint.version), blueprint.version, upgrades).allowed
    ) {
      yield {
        path: 'upgrades.from',
        message: `does not cover ${previousOf(blueprint.version)}, the version before`,
      };
    }
  },
};

/** 1.4.2 → 1.4.1, 1.4.0 → 1.3.0, 2.0.0 → 1.0.0. */
function previousOf(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('-')[0]?.split('.').map(Number) ?? [];
  if (patch > 0) return `${major}.${minor}.${patch - 1}`;
  if (minor > 0) return `${major}.${minor - 1}.0`;
  return `${Math.max(0, major - 1)}.0.0`;
}

export const versionsTogether: LintRule = {
  id: 'versions-together',
  hard: 20,
  tag: 'static',
  severity: 'error',
  summary: 'what pins the version moves with it',
  why: "A pin that stays behind installs the old version under the new one's name.",
  fix: 'Run bp generate after a change of version, and commit what it writes.',
  example: {
    wrong: "version: '1.4.0' // generated/blueprint.yaml says 1.3.0",
    right: 'bp generate && git add generated',
  },
  *check({ blueprint, files }) {
    const text = files.get('generated/blueprint.yaml');
    if (text === undefined) return;
    const at = { file: 'generated/blueprint.yaml', pointer: 'spec.version' };
    const written = getPath(parseYaml(text, 'generated/blueprint.yaml')[0], ['spec', 'version']);
    if (written === blueprint.version) return;
    const message = `is ${String(written)}, but the Blueprint is ${blueprint.version}`;
    yield { path: 'spec.version', message, remedy: 'run bp generate', at };
  },
};

// `hz-fsn-rtz-prod`: provider, region, block, environment type.
const REGION = /\b[a-z]+-[a-z0-9]+-(rtz|dmz|mgt)-(prod|stg|uat|dev|poc)\b/;
const URL = /^(https?|oci):\/\/(?!localhost|127\.|\[?::1|kubernetes\.default)[^\s/$]+\.[a-z]{2,}(?![\w.]*\$)/;
const IMAGE = /^[a-z0-9.-]+\.[a-z]{2,}(:\d+)?\/[\w./-]+[:@][\w.:-]+$/;
const STATED = /\b(documentation|repository|contact|homepage|url|source|icon)\s*:\s*$/;
const INTERVAL = /\b(\w*[iI]nterval)\s*:\s*$/;

export const noHardcodedValue: LintRule = {
  id: 'no-hardcoded-value',
  hard: 19,
  tag: 'static',
  severity: 'error',
  summary: 'no region, URL, image version or interval in code: a parameter with a default',
  why: 'A Sovereign has regions, mirrors and rhythms of its own, and must not fork a Blueprint to name them.',
  fix: 'Put it into config.schema.json with a default, take it from cluster facts, or into upstream.',
  example: {
    wrong: "new Route(scope, 'api', { host: 'https://api.acme.com' })",
    right: "new Route(scope, 'api', { host: config.host })",
  },
  *check({ files, blueprint }) {
    const stated = new Set(chartsOf(blueprint.upstream).map(([, chart]) => chart.repository));
    for (const [file, source] of files) {
      if (!isAuthored(file)) continue;
      for (const { text, offset, before } of literals(source)) {
        const what = hardcoded(text, before);
        if (what === undefined || stated.has(text)) continue;
        yield {
          path: what.path,
          message: what.message,
          remedy: 'make it a parameter with this default',
          at: { file, offset },
        };
      }
    }
  },
};

function hardcoded(text: string, before: string): { path: string; message: string } | undefined {
  if (/^\s*(import|export)\b.*\bfrom\s*$/.test(before)) return undefined;
  if (REGION.test(text)) return { path: 'region', message: `region "${text}" is fixed in code` };
  if (URL.test(text) && !STATED.test(before))
    return { path: 'url', message: `URL "${text}" is fixed in code` };
  if (IMAGE.test(text)) return { path: 'image', message: `image "${text}" is fixed in code` };
  const interval = INTERVAL.exec(before)?.[1];
  if (interval !== undefined && /^\d+(ms|s|m|h)$/.test(text)) {
    return { path: interval, message: `${interval} "${text}" is fixed in code` };
  }
  return undefined;
}
