import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { newRepository, runBp, snapshot } from './io.test-helper.ts';

let root: string;
let before: ReadonlyMap<string, string>;

const XR = 'apiVersion: compose.openova.io/v1alpha1\nkind: AcmeCache\nmetadata: {name: a, namespace: b}\n';
const SCHEMA = 'blueprints/platform/acme-cache/config.schema.json';

/** Files that lie in the repository before any command runs. */
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'in/empty.yaml': '',
  'in/text.yaml': 'just text',
  'in/list.yaml': '- 1\n- 2\n',
  'in/broken.yaml': 'a: [1\nb: }',
  'in/duplicate.yaml': 'kind: A\nkind: B\n',
  'in/two.yaml': `${XR}---\n${XR}`,
  'in/binary.yaml': new Uint8Array([0, 1, 2, 255, 254]),
  'in/latin1.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xe9]),
  'in/deep.yaml': `${XR}spec: ${'['.repeat(5000)}${']'.repeat(5000)}\n`,
  'in/deep-map.json': `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`,
  'in/huge.yaml': `a: ${'x'.repeat(5 * 1024 * 1024)}\n`,
  'in/bomb.yaml': `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`).join('\n')}\n`,
  'in/proto.yaml': `${XR}spec: {config: {__proto__: {replicas: 3}}}\n`,
  'in/constructor.yaml': `${XR}spec: {config: {constructor: {prototype: {polluted: true}}}}\n`,
  'in/no-kind.yaml': 'metadata: {name: a}\n',
  'in/other-kind.yaml': 'apiVersion: compose.openova.io/v1alpha1\nkind: AcmeCash\nmetadata: {name: a}\n',
  'in/number-name.yaml':
    'apiVersion: compose.openova.io/v1alpha1\nkind: AcmeCache\nmetadata: {name: 5}\nspec: {}\n',
  'in/wrong-config.yaml': `${XR}spec: {config: {replicas: many}}\n`,
  'in/wrong-size.yaml': `${XR}spec: {size: gigantic}\n`,
  'in/xr.yaml': `${XR}spec: {}\n`,
  'in/composition.yaml':
    'apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {name: c}\nspec: {compositeTypeRef: {apiVersion: compose.openova.io/v1alpha1, kind: AcmeCache}, mode: Pipeline, pipeline: [{step: a, functionRef: {name: other}}]}\n',
  'in/functions.yaml': 'apiVersion: pkg.crossplane.io/v1\nkind: Function\nmetadata: {name: other}\n',
};

beforeAll(async () => {
  root = await newRepository('acme-cache');
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  symlinkSync('circle.yaml', join(root, 'in/circle.yaml'));
});

beforeEach(() => {
  before = snapshot(root);
});

afterEach(() => {
  expect(snapshot(root), 'nothing was written').toEqual(before);
});

interface Row {
  readonly argv: string;
  readonly code: number;
  readonly says: RegExp;
}

const rows: Readonly<Record<string, Row>> = {
  MissingFile: { argv: 'render in/none.yaml', code: 2, says: /it does not exist/ },
  BelowAFile: { argv: 'render in/xr.yaml/x', code: 2, says: /not a directory/ },
  CircularLink: { argv: 'render in/circle.yaml', code: 2, says: /circle/ },
  Directory: { argv: 'render in', code: 2, says: /it is a directory/ },
  Device: { argv: 'render /dev/zero', code: 2, says: /it is not a file/ },
  NulInName: { argv: 'render in/\u0000.yaml', code: 2, says: /Cannot read/ },
  LongName: { argv: `render ${'x'.repeat(5000)}`, code: 2, says: /its name is too long/ },
  Empty: { argv: 'render in/empty.yaml', code: 2, says: /holds no objects/ },
  Text: { argv: 'render in/text.yaml', code: 2, says: /does not hold a Kubernetes object/ },
  List: { argv: 'render in/list.yaml', code: 2, says: /does not hold a Kubernetes object/ },
  BrokenYaml: { argv: 'render in/broken.yaml', code: 2, says: /in\/broken\.yaml:\d+:\d+/ },
  DuplicateKey: { argv: 'render in/duplicate.yaml', code: 2, says: /unique/ },
  TwoXrs: { argv: 'render in/two.yaml', code: 2, says: /holds 2 objects, not one/ },
  Binary: { argv: 'render in/binary.yaml', code: 2, says: /not text in UTF-8/ },
  WrongEncoding: { argv: 'validate in/latin1.yaml -o json', code: 2, says: /not text in UTF-8/ },
  DeepLists: { argv: 'render in/deep.yaml', code: 2, says: /nested/ },
  DeepMaps: { argv: 'render in/deep-map.json', code: 2, says: /nested/ },
  Huge: { argv: 'render in/huge.yaml', code: 2, says: /larger than/ },
  AliasBomb: { argv: 'render in/bomb.yaml', code: 2, says: /aliases/ },
  ProtoKey: { argv: 'render in/proto.yaml', code: 2, says: /"__proto__" is not allowed/ },
  ConstructorKey: { argv: 'validate in/constructor.yaml', code: 2, says: /constructor.*not a field/ },
  NoKind: { argv: 'render in/no-kind.yaml', code: 2, says: /no apiVersion and kind/ },
  UnknownKind: { argv: 'render in/other-kind.yaml', code: 2, says: /did you mean AcmeCache/ },
  NumberAsName: { argv: 'validate in/number-name.yaml', code: 2, says: /metadata\.name/ },
  WrongConfig: { argv: 'render in/wrong-config.yaml', code: 2, says: /spec\.config\.replicas/ },
  WrongSize: { argv: 'validate in/wrong-size.yaml', code: 2, says: /spec\.size/ },
  MissingToValidate: { argv: 'validate in/none.yaml', code: 2, says: /does not exist/ },
  AllOfADirectory: { argv: 'validate in', code: 2, says: /broken/ },
  ContextWithoutKey: { argv: 'render in/xr.yaml --context-values nonsense', code: 2, says: /key=value/ },
  ContextProto: { argv: 'render in/xr.yaml --context-values __proto__=1', code: 2, says: /__proto__/ },
  ContextBroken: { argv: 'render in/xr.yaml --context-values a={', code: 2, says: /context-values a/ },
  ContextFileMissing: { argv: 'render in/xr.yaml --context-files a=none', code: 2, says: /does not exist/ },
  ObservedMissing: { argv: 'render in/xr.yaml --observed-resources none', code: 2, says: /does not exist/ },
  Timeout: { argv: 'render in/xr.yaml --timeout soon', code: 2, says: /duration/ },
  TimeoutEndless: { argv: 'render in/xr.yaml --timeout 9999h', code: 2, says: /duration/ },
  IdleOption: { argv: 'render in/xr.yaml --until-ready -x', code: 2, says: /with --until-ready/ },
  NoSuchFunction: { argv: 'render in/xr.yaml in/composition.yaml', code: 1, says: /"other"/ },
  NeedsContainer: {
    argv: 'render in/xr.yaml in/composition.yaml in/functions.yaml',
    code: 1,
    says: /container engine[\s\S]*runtime: Development/,
  },
  DeadAddress: {
    argv: 'render in/xr.yaml in/composition.yaml in/functions.yaml -a render.crossplane.io/runtime=Development -a render.crossplane.io/runtime-development-target=127.0.0.1:1',
    code: 1,
    says: /127\.0\.0\.1:1/,
  },
  NameEscapes: { argv: 'new ../../x', code: 2, says: /kebab-case/ },
  NameIsAFlag: { argv: 'new --prodct x', code: 2, says: /did you mean --product/ },
  NameUpper: { argv: 'new Valkey', code: 2, says: /kebab-case/ },
  NamePrefixed: { argv: 'new bp-valkey', code: 2, says: /short name/ },
  NameLong: { argv: `new ${'a'.repeat(200)}`, code: 2, says: /characters/ },
  NoName: { argv: 'new', code: 2, says: /missing required argument/ },
  UnknownBlueprint: { argv: 'generate nope --check', code: 1, says: /there are: acme-cache/ },
  ServeWithoutCertificates: { argv: 'serve', code: 2, says: /--insecure/ },
  ServeEmptyDirectory: { argv: 'serve --tls-certs-dir in', code: 1, says: /tls\.key/ },
  ServeSize: { argv: 'serve --insecure --max-recv-message-size -4', code: 2, says: /MiB/ },
  ServeAddress: {
    argv: 'serve --insecure --address 999.1.2.3:x --metrics-address=',
    code: 2,
    says: /Cannot use address/,
  },
};

test.for(Object.entries(rows))('%s', async ([, { argv, code, says }]) => {
  const ran = await runBp([...argv.split(' '), '-C', root]);
  const said = ran.stdout + ran.stderr;
  expect(said).toMatch(says);
  expect(ran.code, said).toBe(code);
  expect(said, 'no stack').not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)/);
  expect(said.length, 'bounded').toBeLessThan(20_000);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

const schemas: Readonly<
  Record<string, { readonly text: string; readonly code: number; readonly says: RegExp }>
> = {
  NotJson: { text: '{', code: 2, says: /it is not JSON/ },
  NotAnObject: { text: '[]', code: 2, says: /is not an object/ },
  Proto: {
    text: '{"type":"object","properties":{"__proto__":{"type":"string"}}}',
    code: 2,
    says: /__proto__/,
  },
  Recursive: {
    text: '{"type":"object","properties":{"a":{"$ref":"#"}}}',
    code: 2,
    says: /config\.schema\.json \$/,
  },
  Lookahead: {
    text: '{"type":"object","properties":{"a":{"type":"string","pattern":"(?=x)"}}}',
    code: 2,
    says: /\$\.properties\.a\.pattern/,
  },
  CommentEscape: {
    text: '{"type":"object","properties":{"a":{"type":"wrong","description":"*/ process.exit(9) /*"}}}',
    code: 2,
    says: /\$\.properties\.a/,
  },
};

test.for(Object.entries(schemas))('generate refuses a schema: %s', async ([, { text, code, says }]) => {
  const file = join(root, SCHEMA);
  const good = before.get(file) ?? '';
  writeFileSync(file, text);
  const ran = await runBp(['generate', '-C', root]);
  writeFileSync(file, good);
  expect(ran.stderr).toMatch(says);
  expect(ran.code).toBe(code);
});
