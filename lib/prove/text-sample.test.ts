import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from './random.ts';
import { matches, sampleText } from './text-sample.ts';

const schemas = [
  { pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$', maxLength: 253 },
  { pattern: '^[0-9]+(Mi|Gi|Ti)$', maxLength: 16 },
  { pattern: '^(?:v)?\\d{1,3}\\.\\d{1,3}$' },
  { pattern: '^[^\\s/]+/[^\\s/]+$', minLength: 5, maxLength: 40 },
  { pattern: '^[A-Z][A-Z0-9_]{2,}$', minLength: 8, maxLength: 12 },
  { pattern: 'needle' },
  { format: 'ipv4' },
  { format: 'uuid' },
  { format: 'date-time' },
  { minLength: 3, maxLength: 3 },
] as const;

test.for(schemas)('shortest, longest and random texts of %j pass it', (schema) => {
  const check = (text: string | undefined): void => {
    expect(text).toBeDefined();
    expect(matches(schema, text ?? ''), text).toBe(true);
    const { minLength = 0, maxLength = 512 } = schema as { minLength?: number; maxLength?: number };
    expect(text?.length).toBeGreaterThanOrEqual(minLength);
    expect(text?.length).toBeLessThanOrEqual(maxLength);
  };
  check(sampleText(schema, 'shortest'));
  check(sampleText(schema, 'longest'));
  fc.assert(
    fc.property(fc.integer(), (seed) => check(sampleText(schema, seeded(seed)))),
    { seed: 7, numRuns: 40 },
  );
});

test('the borders are reached', () => {
  expect(sampleText({ pattern: '^[a-z]([a-z-]*[a-z])?$', maxLength: 63 }, 'longest')).toHaveLength(63);
  expect(sampleText({ pattern: '^[a-z]([a-z-]*[a-z])?$', maxLength: 63 }, 'shortest')).toHaveLength(1);
});

test('a pattern that is not understood gives no text rather than a wrong one', () => {
  expect(sampleText({ pattern: '^(?=a)a$' }, 'shortest')).toBeUndefined();
});
