import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// Each case is one file in a folder outside the repository, checked as a user's own file would be, all in one run.
const root = join(import.meta.dirname, '../..');
const spec =
  "interval: '5m', chart: { spec: { chart: 'c', sourceRef: { kind: 'HelmRepository', name: 'r' } } }";
const cases = {
  right: {
    reason: 'the control: nothing to complain about',
    code: `new HelmRelease(scope, 'x', { spec: { ${spec}, values: { a: [1, { b: null }] } } })`,
    error: '',
  },
  undefinedField: {
    reason: 'an optional config value may be handed on',
    code: `new HelmRelease(scope, 'x', { spec: { ${spec}, suspend: maybe } })`,
    error: '',
  },
  interfaceAsValues: {
    reason: 'a typed config fits into open values',
    code: `new HelmRelease(scope, 'x', { spec: { ${spec}, values: config } })`,
    error: '',
  },
  typo: {
    reason: 'a field that does not exist',
    code: `new HelmRelease(scope, 'x', { spec: { ${spec}, intervall: '5m' } })`,
    error: 'intervall',
  },
  nestedTypo: {
    reason: 'at any depth',
    code: `new HelmRelease(scope, 'x', { spec: { ${spec}, install: { remediation: { retry: 3 } } } })`,
    error: 'retry',
  },
  missing: {
    reason: 'a required field',
    code: "new HelmRelease(scope, 'x', { spec: { suspend: true } })",
    error: 'interval',
  },
  missingSpec: {
    reason: 'a spec with required fields is required, whatever the CRD says',
    code: "new HelmRelease(scope, 'x', {})",
    error: 'spec',
  },
  enum: {
    reason: 'a value outside the enum',
    code: `new HelmRelease(scope, 'x', { spec: { ${spec}, driftDetection: { mode: 'on' } } })`,
    error: '"on"',
  },
  type: {
    reason: 'a number for a string',
    code: `new HelmRelease(scope, 'x', { spec: { ${spec}, timeout: 5 } })`,
    error: "'number'",
  },
  mutate: { reason: 'props are values', code: 'release.interval = "1m"', error: 'read-only' },
  metadataTypo: {
    reason: 'metadata is closed too',
    code: "new ConfigMap(scope, 'x', { metadata: { label: {} } })",
    error: 'label',
  },
  secretData: {
    reason: 'a plaintext value does not type-check',
    code: "new Secret(scope, 'x', { stringData: { password: 'p' } })",
    error: 'stringData',
  },
  secretBase64: {
    reason: 'nor an encoded one',
    code: "new Secret(scope, 'x', { data: { password: 'cA==' } })",
    error: 'data',
  },
  secret: {
    reason: 'a Secret that others fill is fine',
    code: "new Secret(scope, 'x', { type: 'Opaque' })",
    error: '',
  },
  narrowing: {
    reason: 'instanceof gives the class',
    code: 'const kind = (x: unknown): string => (x instanceof HelmRelease ? x.kind : ""); export { kind }',
    error: '',
  },
};

let folder = '';
let output = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinds-types-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const door = (name: string): string => join(import.meta.dirname, `${name}.ts`);
  for (const [name, { code }] of Object.entries(cases)) {
    const head = [
      "import type { Construct } from 'constructs';",
      `import { ConfigMap, Secret } from ${JSON.stringify(door('core'))};`,
      `import { HelmRelease, type HelmReleaseSpec } from ${JSON.stringify(door('flux'))};`,
      'interface Config { readonly replicas?: number; readonly nested: { readonly a: string } }',
      'declare const scope: Construct; declare const maybe: boolean | undefined; declare const config: Config;',
      'declare const release: HelmReleaseSpec;',
      'export { ConfigMap, config, HelmRelease, maybe, release, Secret, scope };',
    ];
    writeFileSync(join(folder, `${name}.ts`), `${head.join('\n')}\n${code};\n`);
  }
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rewriteRelativeImportExtensions: false,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: ['*.ts'],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
    { cwd: folder, encoding: 'utf8' },
  );
  output = tsc.stdout + tsc.stderr;
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test.for(Object.entries(cases))('%s', ([name, tc]) => {
  const errors = output.split('\n').filter((line) => line.startsWith(`${name}.ts(`));
  if (tc.error === '') expect(errors, tc.reason).toEqual([]);
  else expect(errors.join('\n'), tc.reason).toContain(tc.error);
});

test('nothing but the cases is complained about', () => {
  const elsewhere = output
    .split('\n')
    .filter((line) => /^\S+\(\d+,\d+\): error/.test(line) && !/^\w+\.ts\(/.test(line));
  expect(elsewhere).toEqual([]);
  expect(output).not.toMatch(/^error/m);
});
