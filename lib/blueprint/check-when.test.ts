import { describe, expect, test } from 'vitest';
import { buildPredicate, type PredicateBuilder } from '../model/predicate.ts';
import { whenProblem } from './check-when.ts';

const config = {
  type: 'object',
  properties: {
    database: { type: 'object', properties: { mode: { type: 'string', enum: ['embedded', 'external'] } } },
    replicas: { type: 'integer' },
    open: { type: 'object', additionalProperties: { type: 'string' } },
  },
};
// What an author's config.ts may say although the schema does not (it is old, or the author writes JavaScript).
interface Loose {
  readonly database: { readonly mode: string; readonly mod: string };
  readonly databas: { readonly mode: string };
  readonly open: { readonly anything: string };
  readonly constructor: { readonly name: string };
  readonly replicas: string;
}

const cases: Readonly<
  Record<string, { when: PredicateBuilder<Loose>; want: string | undefined; reason: string }>
> = {
  Holds: {
    when: (c) => c.database.mode.is('embedded'),
    want: undefined,
    reason: 'a field and one of its values',
  },
  Application: {
    when: (_c, a) => a.name.isNot('x'),
    want: undefined,
    reason: 'the application is not the config',
  },
  MissingField: {
    when: (c) => c.databas.mode.is('embedded'),
    want: '"config" has no field "databas" (it has database, replicas, open)',
    reason: 'it would silently never hold',
  },
  MissingInner: {
    when: (c) => c.database.mod.is('embedded'),
    want: '"config.database" has no field "mod" (it has mode)',
    reason: 'the deepest object that is there is named',
  },
  Prototype: {
    when: (c) => c.constructor.name.is('x'),
    want: '"config" has no field "constructor" (it has database, replicas, open)',
    reason: 'what every object inherits is not a field',
  },
  NeverThatValue: {
    when: (c) => c.database.mode.is('embeded'),
    want: '"config.database.mode" is never "embeded" (it is one of embedded, external)',
    reason: 'a typo in the value is one in the condition',
  },
  OtherType: {
    when: (c) => c.replicas.is('2'),
    want: '"config.replicas" is a integer, not a string',
    reason: 'comparison is strict',
  },
  OpenObject: {
    when: (c) => c.open.anything.is('x'),
    want: undefined,
    reason: 'an open object may have any field',
  },
};

describe('whenProblem()', () => {
  test.for(Object.entries(cases))('%s', ([, { when, want, reason }]) => {
    expect(whenProblem(buildPredicate(when), config), reason).toBe(want);
  });
});
