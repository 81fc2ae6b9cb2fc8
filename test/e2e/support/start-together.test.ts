import { expect, test } from 'vitest';
import { startTogether } from './start-together.ts';

test('what was started is ended when the next does not come up, and the reason is told', async () => {
  const ended: string[] = [];
  const starting = startTogether(async (defer) => {
    defer(() => ended.push('first'));
    defer(() => ended.push('second'));
    await Promise.reject(new Error('the third does not come up'));
  });
  await expect(starting).rejects.toThrow('the third does not come up');
  expect(ended).toEqual(['second', 'first']);
});

test('what came up runs until it is stopped, and is ended once', async () => {
  const ended: string[] = [];
  const stop = await startTogether(async (defer, stop) => {
    defer(() => ended.push('first'));
    defer(() => ended.push('second'));
    return stop;
  });
  expect(ended).toEqual([]);
  await stop();
  await stop();
  expect(ended).toEqual(['second', 'first']);
});
