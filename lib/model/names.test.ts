import { describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import {
  artifactName,
  blueprintNameProblem,
  kindOfBlueprint,
  objectName,
  packageObjectName,
  pluralOfKind,
  shortName,
} from './names.ts';

const long = (n: number): string => 'a'.repeat(n);

const names = {
  OneWord: { reason: 'the plain case', in: 'cnpg', ok: true },
  Hyphens: { reason: 'kebab-case', in: 'cert-manager', ok: true },
  Digits: { reason: 'digits may stand anywhere but first', in: 'neo4j', ok: true },
  Longest: { reason: 'a revision label still has room behind it', in: long(50), ok: true },
  TooLong: { reason: 'would not fit into a label with prefix and hash', in: long(51), ok: false },
  TooShort: { reason: 'one letter says nothing', in: 'a', ok: false },
  Empty: { reason: 'no name', in: '', ok: false },
  Prefixed: { reason: 'the prefix belongs to the artifact', in: 'bp-cnpg', ok: false },
  UpperCase: { reason: 'registries refuse it', in: 'Cnpg', ok: false },
  DigitFirst: { reason: 'a kind cannot start with a digit', in: '4neo', ok: false },
  DoubleHyphen: { reason: 'two names would have one kind', in: 'cert--manager', ok: false },
  TrailingHyphen: { reason: 'not a DNS label', in: 'cnpg-', ok: false },
  Slash: { reason: 'would leave the folder', in: '../cnpg', ok: false },
  NewLine: { reason: '$ must not match before a line break', in: 'cnpg\n', ok: false },
};

test.for(Object.entries(names))('blueprintNameProblem() %s', ([, tc]) => {
  expect(blueprintNameProblem(tc.in) === undefined, tc.reason).toBe(tc.ok);
});

test.for([
  ['cnpg', 'Cnpg', 'cnpgs'],
  ['cert-manager', 'CertManager', 'certmanagers'],
  ['external-secrets', 'ExternalSecrets', 'externalsecretss'],
  ['neo4j', 'Neo4j', 'neo4js'],
])('%s is kind %s, plural %s', ([name = '', kind = '', plural = '']) => {
  expect([kindOfBlueprint(name), pluralOfKind(kindOfBlueprint(name))]).toEqual([kind, plural]);
});

test('artifact and short names undo each other and are their own fixed points', () => {
  expect([artifactName('cnpg'), artifactName('bp-cnpg')]).toEqual(['bp-cnpg', 'bp-cnpg']);
  expect([shortName('bp-cnpg'), shortName('cnpg')]).toEqual(['cnpg', 'cnpg']);
});

// crossplane-runtime pkg/xpkg/name.go: ToDNSLabel over the path without its registry.
const packages = {
  Documented: {
    reason: 'an example from the tests of Crossplane itself',
    in: 'ghcr.io/openova-io/bp-wordpress',
    want: 'openova-io-bp-wordpress',
  },
  Deep: { reason: 'slashes and dots become hyphens', in: 'r.io/a.b/c/d', want: 'a-b-c-d' },
  Dropped: { reason: 'underscores and upper case vanish', in: 'r.io/a_b/Cd', want: 'ab-d' },
  PortStays: {
    reason: 'only the part before the first slash is the registry',
    in: 'r.io:5000/a/b',
    want: 'a-b',
  },
  LastSign: { reason: 'a sign at the very end is dropped, not turned', in: 'r.io/a/b.', want: 'a-b' },
  Cut63: {
    reason: 'only 63 characters are looked at',
    in: `r.io/${long(70)}`,
    want: long(63),
  },
  SignAt63: { reason: 'the 63rd is never a hyphen', in: `r.io/${long(62)}/b`, want: long(62) },
  NoRegistry: { reason: 'a bare path is a path', in: 'bp-x', want: 'bp-x' },
};

test.for(Object.entries(packages))('packageObjectName() %s', ([, tc]) => {
  expect(packageObjectName(tc.in), tc.reason).toBe(tc.want);
});

test('different repositories can have one package name', () => {
  expect(packageObjectName('r.io/a/b-c')).toBe(packageObjectName('r.io/a-b/c'));
});

describe('objectName()', () => {
  const joined = {
    Path: { reason: 'a construct path is parts', in: ['shop', 'db/primary'], want: 'shop-db-primary' },
    Camel: {
      reason: 'ids may be camelCase, names may not',
      in: ['shop', 'webServer'],
      want: 'shop-web-server',
    },
    Signs: { reason: 'dots and underscores are not in a label', in: ['a.b', 'c_d'], want: 'a-b-c-d' },
    Edges: { reason: 'a label starts and ends with a letter or digit', in: ['-a', 'b-'], want: 'a-b' },
    Empty: { reason: 'an empty part leaves no double hyphen', in: ['a', '', 'b'], want: 'a-b' },
  };
  test.for(Object.entries(joined))('%s', ([, tc]) => {
    expect(objectName(tc.in, 'it'), tc.reason).toBe(tc.want);
  });

  test('63 characters are allowed, one more is an error that says what to do', () => {
    expect(objectName([long(63)], 'it')).toHaveLength(63);
    const error = failure(() => objectName([long(60), 'bcd'], 'Secret "db"'));
    expect(error).toMatchObject({ code: 'limit', remedy: expect.stringContaining('shorten') });
    expect(String(error)).toContain('Cannot name Secret "db"');
  });
});

function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    expect(isToolkitError(error), String(error)).toBe(true);
    return error;
  }
  throw new Error('nothing was thrown');
}
