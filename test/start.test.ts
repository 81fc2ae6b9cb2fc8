import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from './support/process.ts';
import { root } from './support/repository.ts';

const START_TIMEOUT_MS = 120_000; // a minute, on a machine that has other work as well
const PRODUCTS = ['cert-manager', 'cnpg', 'cortex', 'external-secrets', 'keycloak', 'kserve', 'valkey'];

test(
  'npm start walks the whole road, ends by itself and leaves what its summary names',
  async () => {
    // Without a terminal and without the network: nothing but this machine is asked.
    const { code, stdout, stderr } = await run(process.execPath, [join(root, 'hack/demo.ts')], {
      cwd: root,
      env: { NO_COLOR: '1', HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' },
      timeoutMs: START_TIMEOUT_MS,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

    expect(stdout).toMatch(/attested and tagged \d+ artifacts/);
    for (const name of PRODUCTS) expect(stdout).toMatch(new RegExp(`bp-${name}:\\d+\\.\\d+\\.\\d+ +sha256:`));
    expect(stdout, 'the second run writes nothing').toMatch(/and again: (\d+) of \1 unchanged/);
    expect(stdout).toContain('accepted by Crossplane, Flux 2.8+, cosign 2, cosign 3');
    expect(stdout, 'creating').toMatch(/first call[\s\S]*Cortex cortex: not ready[\s\S]*not created yet/);
    expect(stdout, 'what is left out is told').toContain('BlueprintsAvailable=False');
    expect(stdout, 'ready').toMatch(/second call[\s\S]*Cortex cortex: ready/);
    expect(stdout).toContain('a caller without a certificate is refused');
    expect(stdout, 'no terminal').not.toContain('\u001b');

    const layout = join(root, '.bp/demo/artifacts');
    const index = readFileSync(join(layout, 'index.json'), 'utf8');
    for (const name of PRODUCTS) expect(index).toContain(`"bp-${name}:`);
    expect(existsSync(join(root, '.bp/demo/sigstore/trusted_root.json'))).toBe(true);

    // The command that the summary names.
    const args =
      /npm run bp -- (verify [\s\S]*?)\n {3}render/.exec(stdout)?.[1]?.replace(/\\\n\s+/g, '') ?? '';
    const words = [...args.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? '');
    const verified = await run(process.execPath, [join(root, 'lib/cli/bp.mjs'), ...words], { cwd: root });
    expect(verified).toMatchObject({ code: 0, stderr: '' });
  },
  2 * START_TIMEOUT_MS,
);
