import { expect, test } from 'vitest';
import { decodeRequest, encodeRequest } from '../codec/index.ts';
import { ReadLog } from './recording.ts';

const request = decodeRequest(encodeRequest({ tag: 't' }));

test('a log of few reads answers for itself; one of too many is given up, and holds nothing', () => {
  const log = new ReadLog();
  for (let i = 0; i < 10_000; i++) log.add(() => true);
  expect([log.unrepeatable, log.holdsFor(request), log.reads.length]).toEqual([false, true, 10_000]);
  for (let i = 0; i < 10_000; i++) log.add(() => true);
  expect([log.unrepeatable, log.reads.length]).toEqual([true, 0]);
});
