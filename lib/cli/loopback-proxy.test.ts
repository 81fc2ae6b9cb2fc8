import { expect, test } from 'vitest';
import { exceptLoopback } from './loopback-proxy.ts';

const cases = {
  NoProxy: { reason: 'nothing to keep away from', in: {}, want: {} },
  Proxy: {
    reason: 'both spellings, since libraries read either',
    in: { HTTPS_PROXY: 'http://proxy:3128' },
    want: { no_proxy: '127.0.0.1,localhost,::1', NO_PROXY: '127.0.0.1,localhost,::1' },
  },
  Given: {
    reason: 'what the user excepts stays excepted, once',
    in: { http_proxy: 'http://proxy:3128', NO_PROXY: 'internal.example, localhost' },
    want: {
      no_proxy: 'internal.example,localhost,127.0.0.1,::1',
      NO_PROXY: 'internal.example,localhost,127.0.0.1,::1',
    },
  },
} as const;

test.for(Object.entries(cases))('exceptLoopback() %s', ([, tc]) => {
  const env: Record<string, string | undefined> = { ...tc.in };
  exceptLoopback(env);
  expect(env, tc.reason).toEqual({ ...tc.in, ...tc.want });
});
