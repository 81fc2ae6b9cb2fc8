import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { newRepository, runBp } from './io.test-helper.ts';

let root: string;
const bp = (...argv: readonly string[]) => runBp([...argv, '-C', root]);
const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
const WIDGET = 'apiVersion: acme.example/v1\nkind: Widget\nmetadata:\n  name: a\nspec:\n';

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "acme/web:1.0.0" }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: wbe }
  ports: [{ port: 80 }]
`;

beforeAll(async () => {
  root = await newRepository('acme-cache');
  write(
    'crd.yaml',
    `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.acme.example }
spec:
  group: acme.example
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size:
                  type: integer
                  x-kubernetes-validations:
                    - { rule: self >= oldSelf, message: may only grow }
`,
  );
  write('small.yaml', `${WIDGET}  size: 1\n`);
  write('typo.yaml', `${WIDGET}  sise: 1\n`);
  write('large.yaml', `${WIDGET}  size: 5\n`);
});

test('--crds judges a kind that the toolkit does not ship, with line and column', async () => {
  expect((await bp('validate', 'typo.yaml')).stdout).toMatch(
    /not checked \(give its CRD with --crds\) \[unknown-kind\]/,
  );
  const ran = await bp('validate', 'typo.yaml', '--crds', 'crd.yaml');
  expect([ran.code, ran.stdout]).toEqual([
    2,
    expect.stringMatching(/typo\.yaml:6:3: spec\.sise: .*did you mean "size"/),
  ]);
});

test('--previous applies what only an update can break', async () => {
  const grown = await bp('validate', 'large.yaml', '--crds', 'crd.yaml', '--previous', 'small.yaml');
  expect(grown.code, grown.stdout).toBe(0);
  const shrunk = await bp('validate', 'small.yaml', '--crds', 'crd.yaml', '--previous', 'large.yaml');
  expect([shrunk.code, shrunk.stdout]).toEqual([
    2,
    expect.stringMatching(/spec\.size: may only grow .*\[immutable\]/),
  ]);
  const other = await bp('validate', 'small.yaml', '--previous', 'crd.yaml');
  expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/holds none of the objects/)]);
});

test.for([
  ['image: a:2', [], 'the image is what may change of a container'],
  ['image: a:1, command: [b]', ['spec.containers'], 'and nothing else of it'],
] as const)('of a running pod, an update to %s', async ([container, paths, reason]) => {
  const pod = (fields: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, ${fields} }] }\n`;
  write('pod-before.yaml', pod('image: a:1'));
  write('pod-after.yaml', pod(container));
  const ran = await bp('validate', 'pod-after.yaml', '--previous', 'pod-before.yaml', '-o', 'json');
  const { findings } = JSON.parse(ran.stdout) as { findings: readonly { path: string }[] };
  expect(
    findings.map((f) => f.path),
    reason,
  ).toEqual(paths);
});

test.for(['--crds', '--previous'])('%s without a file to judge is refused', async (flag) => {
  const ran = await bp('validate', flag, 'crd.yaml');
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(`Cannot use ${flag}`)]);
});

test('--format writes SARIF and annotations', async () => {
  const sarif = await bp('validate', 'typo.yaml', '--crds', 'crd.yaml', '--format', 'sarif');
  expect(JSON.parse(sarif.stdout)).toMatchObject({
    version: '2.1.0',
    runs: [{ results: [{ ruleId: 'object-schema' }] }],
  });
  const github = await bp('validate', 'typo.yaml', '--crds', 'crd.yaml', '--format', 'github');
  expect(github.stdout).toMatch(/^::error file=typo\.yaml,line=6,col=3,title=object-schema::/);
});

test('a directory is judged as what is applied together, and its lint.json says what is right there', async () => {
  mkdirSync(join(root, 'k8s'));
  write('k8s/web.yaml', WEB);
  const alone = await bp('validate', 'k8s/web.yaml');
  expect(alone.code, 'one file may be a part of something').toBe(0);
  const ran = await bp('validate', 'k8s');
  expect([ran.code, ran.stdout]).toEqual([
    0,
    expect.stringMatching(
      /k8s\/web\.yaml:14:3: Service shop\/web spec\.selector: .*\[service-selects-nothing\]\n/,
    ),
  ]);
  expect(ran.stdout.match(/\[namespace-unmade\]/g)).toHaveLength(2);
  const piped = await runBp(['validate', '-', '-C', root, '-o', 'json'], { input: WEB });
  expect(JSON.parse(piped.stdout).findings, 'as helm template prints it').toHaveLength(3);
  write('namespace.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n');
  const more = await bp('validate', 'k8s', 'namespace.yaml', '-o', 'json');
  expect(JSON.parse(more.stdout)).toMatchObject({
    objects: 3,
    findings: [{ rule: 'service-selects-nothing' }],
  });
  const entry = { rule: 'service-selects-nothing', reason: 'The pods come from another team.' };
  write('k8s/lint.json', JSON.stringify({ lint: [entry] }));
  const suppressed = await bp('validate', 'k8s', 'namespace.yaml');
  expect(suppressed.stdout).not.toContain('service-selects-nothing');
  write('k8s/lint.json', JSON.stringify({ lint: [{ rule: entry.rule }] }));
  const unsaid = await bp('validate', 'k8s', 'namespace.yaml');
  expect([unsaid.code, unsaid.stdout]).toEqual([2, expect.stringContaining('without a reason')]);
});

test('files are judged where there is no project, Blueprints are not', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'bp-validate-'));
  writeFileSync(join(outside, 'web.yaml'), WEB.replace('port: 80', 'port: 0'));
  const ran = await runBp(['validate', 'web.yaml', '-C', outside]);
  expect([ran.code, ran.stdout]).toEqual([2, expect.stringContaining('spec.ports[0].port')]);
  for (const paths of [[], ['valkey'], ['web.yaml', 'valkey']]) {
    const named = await runBp(['validate', ...paths, '-C', outside]);
    expect([named.code, named.stderr], paths.join()).toEqual([
      1,
      expect.stringContaining('Cannot find a Blueprint project'),
    ]);
  }
  rmSync(outside, { recursive: true });
});

test('explain lists, explains and knows what was meant', async () => {
  expect((await bp('explain')).stdout).toMatch(/ 3 no-plaintext-secret +static/);
  expect((await bp('explain', 'artifact-signed')).stdout).toMatch(/not offline: by bp verify/);
  const typo = await bp('explain', 'no-plaintext-secrets');
  expect([typo.code, typo.stderr]).toEqual([2, expect.stringMatching(/did you mean "no-plaintext-secret"/)]);
});

test('--kubernetes-version chooses whose kinds judge', async () => {
  const pod = 'spec: { workloadRef: { name: a, podGroup: b }, containers: [{ name: a, image: a }] }';
  write(
    'new-field.yaml',
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: a }
spec:
  selector: { matchLabels: { a: b } }
  template:
    metadata: { labels: { a: b } }
    ${pod}
`,
  );
  const now = await bp('validate', 'new-field.yaml');
  expect(now.code, now.stdout).toBe(0);
  const then = await bp('validate', 'new-field.yaml', '--kubernetes-version', 'v1.34.2');
  expect([then.code, then.stdout]).toEqual([2, expect.stringContaining('workloadRef: is not a field')]);
  const unknown = await bp('validate', 'new-field.yaml', '--kubernetes-version', '1.12');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/known are 1\.36, 1\.35/)]);
});

test('--crds reads packages, and refuses what is not fetched', async () => {
  const folder = join(root, 'node_modules', 'acme-crds');
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(root, 'crd.yaml'), join(folder, 'crd.yaml'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "acme-crds", "version": "1.0.0" }');
  const ran = await bp('validate', 'typo.yaml', '--crds', 'npm:acme-crds');
  expect([ran.code, ran.stdout]).toEqual([2, expect.stringContaining('did you mean "size"')]);
  const plain = await bp('validate', 'typo.yaml', '--crds', 'http://example.org/crds.yaml');
  expect([plain.code, plain.stderr]).toEqual([2, expect.stringContaining('only https:// and oci://')]);
});

test('a CRD whose rule costs more than the apiserver allows is refused', async () => {
  const text = readFileSync(join(root, 'crd.yaml'), 'utf8');
  const dear = text.replace(
    '                size:\n',
    `                names:
                  type: array
                  items: { type: string }
                  x-kubernetes-validations: [{ rule: "self.all(x, self.exists_one(y, y == x))" }]
                size:\n`,
  );
  write('dear.yaml', dear);
  const ran = await bp('validate', 'dear.yaml');
  expect([ran.code, ran.stdout]).toEqual([
    2,
    expect.stringMatching(/dear\.yaml:\d+:\d+: .*costs up to.*maxItems/),
  ]);
  const fine = await bp('validate', 'crd.yaml');
  expect(fine.code, fine.stdout).toBe(0);
});

test('what is composed wrongly is told where its construct is made, once for all sizes', async () => {
  const repository = await newRepository('acme-wrong');
  const file = join(repository, 'blueprints/platform/acme-wrong/blueprint.ts');
  const found = existsSync(file) ? file : join(repository, 'blueprint.ts');
  const text = readFileSync(found, 'utf8');
  writeFileSync(found, text.replace("policyTypes: ['Ingress']", "policyTypes: ['Inwards' as 'Ingress']"));
  const line = text.split('\n').findIndex((l) => l.includes('new NetworkPolicy(')) + 1;
  const ran = await runBp(['validate', '-C', repository, '-o', 'json']);
  const { findings } = JSON.parse(ran.stdout) as {
    findings: readonly { rule: string; file: string; line?: number }[];
  };
  const composed = findings.filter((f) => f.rule === 'object-schema');
  expect(composed).toEqual([
    expect.objectContaining({
      file: expect.stringMatching(/blueprint\.ts$/),
      line,
      path: expect.stringContaining('spec.policyTypes[0]'),
    }),
  ]);
});

const failing = {
  InvalidName: {
    reason: 'the object is made there that could not be applied',
    part: "new NetworkPolicy(scope, 'clients', {",
    become: "new NetworkPolicy(scope, 'clients', { metadata: { name: 'No Name' },",
    said: 'clients',
  },
  Throws: {
    reason: 'the stack says so',
    part: 'return { outputs',
    become: "if (config.replicas > 0) throw new Error('boom'); return { outputs",
    said: 'boom',
  },
};

test.for(Object.entries(failing))('a compose that fails is told by its line, once: %s', async ([, tc]) => {
  const repository = await newRepository('acme-failing');
  const path = 'blueprints/platform/acme-failing/blueprint.ts';
  const text = readFileSync(join(repository, path), 'utf8').replace(tc.part, tc.become);
  writeFileSync(join(repository, path), text);
  const line = text.split('\n').findIndex((l) => l.includes(tc.become)) + 1;
  const ran = await runBp(['validate', '-C', repository, '-o', 'json']);
  const { findings } = JSON.parse(ran.stdout) as { findings: readonly object[] };
  const want = { rule: 'example', file: path, line, message: expect.stringContaining(tc.said) };
  expect(findings, tc.reason).toEqual([expect.objectContaining(want)]);
});
