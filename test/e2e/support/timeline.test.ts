import { expect, test } from 'vitest';
import { type Timeline, timelineSvg } from './timeline.ts';

const row = { version: '1.0.0', objects: 3 };
const timeline: Timeline = {
  crossplane: 'v2.3.4',
  cores: 2,
  rows: [
    { ...row, name: 'slow', installed: 10, composed: 15, ready: 20 },
    { ...row, name: 'a<b', installed: 5, composed: 5, ready: 10 },
  ],
};

test('a bar a Blueprint, the first that was ready on top, its parts side by side and to scale', () => {
  const svg = timelineSvg(timeline);
  const bars = [...svg.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="16"/g)].map((m) =>
    m.slice(1).map(Number),
  );
  expect(bars).toEqual([
    [150, 64, 130],
    [280, 64, 0],
    [280, 64, 130],
    [150, 88, 260],
    [410, 88, 130],
    [540, 88, 130],
  ]);
  expect(svg).toContain('>a&lt;b<');
  expect(svg).toContain('>20.0 s<');
});

test('the same figures give the same bytes', () => {
  expect(timelineSvg(timeline)).toBe(timelineSvg({ ...timeline, rows: timeline.rows.toReversed() }));
});
