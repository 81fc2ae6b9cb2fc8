import { expect, test } from 'vitest';
import { authorPlace } from './author-place.ts';

const at = (...frames: readonly string[]): Error =>
  Object.assign(new Error('boom'), {
    stack: ['Error: boom', ...frames.map((f) => `    at ${f}`)].join('\n'),
  });
const OWN = 'file:///home/me/acme/blueprints/platform/cache/blueprint.ts';

const cases = {
  Own: { reason: 'the line that throws', error: at(`compose (${OWN}:42:11)`), want: ':42:11' },
  Helper: {
    reason: 'the deepest line that is the author’s',
    error: at(`${OWN}:7:3`, `x (${OWN}:42:11)`),
    want: ':7:3',
  },
  Toolkit: {
    reason: 'a construct that refuses is named by who made it',
    error: at(
      'new X (file:///home/me/acme/node_modules/@openova/blueprints/lib/kinds/core.js:1:1)',
      `y (${OWN}:9:1)`,
    ),
    want: ':9:1',
  },
  Again: { reason: 'read anew by --watch', error: at(`compose (${OWN}?bp=0.3:42:11)`), want: ':42:11' },
  Nobody: {
    reason: 'no code of a Blueprint',
    error: at('x (file:///opt/tool.js:1:1)', 'node:internal/x:1:1'),
  },
  NoError: { reason: 'anything can be thrown', error: 'boom' },
};

test.for(Object.entries(cases))('authorPlace() %s', ([, tc]) => {
  const want = 'want' in tc ? `blueprints/platform/cache/blueprint.ts${tc.want}` : undefined;
  expect(authorPlace(tc.error), tc.reason).toBe(want);
});
