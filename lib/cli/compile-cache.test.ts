import { expect, test } from 'vitest';
import { userCacheFolder } from './compile-cache.mjs';

const cases = {
  Xdg: { reason: 'said outright', env: { XDG_CACHE_HOME: '/c', HOME: '/h' }, platform: 'linux', want: '/c' },
  EmptyXdg: {
    reason: 'empty is unset',
    env: { XDG_CACHE_HOME: '', HOME: '/h' },
    platform: 'linux',
    want: '/h/.cache',
  },
  Linux: { reason: 'the default of XDG', env: { HOME: '/h' }, platform: 'linux', want: '/h/.cache' },
  Mac: {
    reason: 'where macOS cleans up',
    env: { HOME: '/h' },
    platform: 'darwin',
    want: '/h/Library/Caches',
  },
  Windows: { reason: 'not roaming', env: { LOCALAPPDATA: 'C:\\l' }, platform: 'win32', want: 'C:\\l' },
  Homeless: { reason: 'a container may have no home', env: {}, platform: 'linux', want: undefined },
} as const;

test.for(Object.entries(cases))('the cache of a user: %s', ([, { reason, env, platform, want }]) => {
  expect(userCacheFolder(env, platform), reason).toBe(want);
});
