import { describe, expect, test } from 'vitest';
import { childName, nameProblem, renderUid, uuidV5 } from './names.ts';

const UID = '75e4a668-035f-4ce8-8c45-f4d3ac850155';

// The expected hashes were computed with sha256sum over uid and resource name, not with this code.
const cases = {
  Short: { reason: 'prefix and hash fit', prefix: 'cool-resource-', want: 'cool-resource-38ce86992a27' },
  NoHyphen: { reason: 'a hyphen is inserted', prefix: 'resource', want: 'resource-38ce86992a27' },
  Empty: { reason: 'no hyphen in front of a bare hash', prefix: '', want: '38ce86992a27' },
  Exactly63: {
    reason: '51 characters with the hyphen still fit',
    prefix: `${'a'.repeat(50)}-`,
    want: `${'a'.repeat(50)}-38ce86992a27`,
  },
  HyphenAt51: {
    reason: 'cut at 51 when that is a hyphen',
    prefix: `${'a'.repeat(50)}-bbb-`,
    want: `${'a'.repeat(50)}-38ce86992a27`,
  },
  Cut: {
    reason: 'else cut at 50 and a hyphen',
    prefix: 'very-long-parent-name-'.repeat(3),
    want: 'very-long-parent-name-very-long-parent-name-very-l-38ce86992a27',
  },
  CutNoHyphen: {
    reason: 'the same without a trailing hyphen',
    prefix: 'very-long-parent-name-without-ending-hyphen'.repeat(2),
    want: 'very-long-parent-name-without-ending-hyphenvery-lo-38ce86992a27',
  },
};

test.for(Object.entries(cases))('childName() %s', ([, tc]) => {
  const got = childName(tc.prefix, UID, 'database');
  expect(got, tc.reason).toBe(tc.want);
  expect(got.length, 'a name is a label value').toBeLessThanOrEqual(63);
});

test('childName() depends on the uid and the resource name', () => {
  expect(childName('parent-', 'uid-123', 'database')).toBe('parent-5f968d238736');
  expect(childName('parent-', 'uid-456', 'database')).toBe('parent-bd4f105d0576');
  expect(childName('parent-', UID, 'storage')).toBe('parent-abcd22a110fe');
});

describe('uids', () => {
  test('uuidV5() is that of RFC 9562 under the nil namespace', () => {
    // python3 -c "import uuid; print(uuid.uuid5(uuid.UUID(int=0), 'hello'))"
    expect(uuidV5('hello')).toBe('b7502f40-1152-59f2-ba10-69aeed522cdf');
  });
  test('renderUid() hashes gvk, namespace and name, parted by NUL', () => {
    const app = { apiVersion: 'example.org/v1', kind: 'App', metadata: { name: 'shop' } };
    expect(renderUid(app)).toBe('805971d1-0f2b-5525-9d12-bad1ab590019');
    expect(renderUid({ ...app, metadata: { name: 'shop', namespace: 'team' } })).toBe(
      '085da42c-a8a5-576a-a095-3843e729690c',
    );
  });
});

test.for([
  ['a.b-c', 'v1', 'ConfigMap', true, 'an RFC 1123 subdomain'],
  ['Upper', 'v1', 'ConfigMap', false, 'no upper case'],
  ['-a', 'v1', 'ConfigMap', false, 'starts with a letter or digit'],
  ['a..b', 'v1', 'ConfigMap', false, 'no empty label'],
  ['a'.repeat(254), 'v1', 'ConfigMap', false, 'at most 253'],
  ['a:b', 'v1', 'ConfigMap', false, 'no colon'],
  ['a:b', 'rbac.authorization.k8s.io/v1', 'ClusterRole', true, 'RBAC kinds may have colons'],
] as const)('nameProblem(%s, %s, %s)', ([name, apiVersion, kind, good, reason]) => {
  expect(nameProblem(name, apiVersion, kind) === undefined, reason).toBe(good);
});
