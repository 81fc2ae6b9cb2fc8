import fc from 'fast-check';
import { expect, test } from 'vitest';
import { equalJson, type JsonObject } from '../internal/json.ts';
import { applyDifference, differenceOf } from './difference.ts';

const { object } = fc.letrec<{ object: JsonObject; value: string | number | JsonObject }>((tie) => ({
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), tie('value'), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom('x', 'y'), fc.nat(2), tie('object')),
}));

test('a difference leads from one object to the other', () => {
  fc.assert(
    fc.property(object, object, (from, to) => {
      const difference = differenceOf(from, to);
      expect(applyDifference(from, difference)).toEqual(to);
      expect(Object.keys(difference).length === 0, 'nothing for what is the same').toBe(equalJson(from, to));
    }),
    { seed: 33, numRuns: 500 },
  );
});
