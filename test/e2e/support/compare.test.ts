import { expect, test } from 'vitest';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { differences } from './compare.ts';

const MANAGER = `apiextensions.crossplane.io/composed/${'0'.repeat(64)}`;
const metadata = {
  name: 'a',
  annotations: { 'crossplane.io/composition-resource-name': 'part' },
  ownerReferences: [{ kind: 'Valkey', name: 'cache', uid: '1' }],
};
const predicted = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { ports: [{ port: 80 }], selector: { app: 'a' } },
};
const fields = {
  'f:spec': { 'f:selector': {}, 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } },
};
const managed = (fieldsV1: JsonObject, manager = MANAGER): JsonObject => ({ manager, fieldsV1 });
const live = (spec: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...predicted,
  metadata: { ...metadata, uid: '2', managedFields: [managed(fields)], ...more },
  spec,
});
const ports = [{ port: 80, protocol: 'TCP' }];
const spec = { ...predicted.spec, ports };

const cases: Readonly<Record<string, { reason: string; in: JsonObject; want: readonly string[] }>> = {
  Same: { reason: 'the apiserver may add defaults', in: live({ ...spec, type: 'ClusterIP' }), want: [] },
  OtherValue: {
    reason: 'a value that is not the predicted one',
    in: live({ ports, selector: { app: 'b' } }),
    want: ['.spec.selector.app: predicted "a", is "b"'],
  },
  MissingItem: {
    reason: 'lists have as many items as predicted',
    in: live({ ...spec, ports: [] }),
    want: ['.spec.ports: predicted [{"port":80}], is []'],
  },
  OwnedByOther: {
    reason: 'owners are compared whole',
    in: live(spec, { ownerReferences: [] }),
    want: [
      'owners: predicted [{"kind":"Valkey","name":"cache","uid":"1"}], are []',
      '.metadata.ownerReferences: predicted [{"kind":"Valkey","name":"cache","uid":"1"}], is []',
    ],
  },
  Unforeseen: {
    reason: 'core applied a field that nobody predicted',
    in: live(spec, { managedFields: [managed({ 'f:spec': { 'f:clusterIP': {} } })] }),
    want: ['.spec.clusterIP: was not predicted'],
  },
  NotApplied: {
    reason: 'an object that core never applied is not core’s',
    in: live(spec, { managedFields: [managed(fields, 'kubectl')] }),
    want: ['applied by 0 managers of Crossplane'],
  },
};

test.for(Object.entries(cases))('differences() %s', ([, tc]) => {
  expect(differences(predicted, tc.in), tc.reason).toEqual(tc.want);
});
