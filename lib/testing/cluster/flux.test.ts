import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../internal/json.ts';
import { type Flux, type FluxCluster, startFlux } from './flux.ts';
import { FLUX_CONTROLLERS, type FluxBinaries, type FluxController } from './flux-binaries.ts';
import { waitFor } from './wait.ts';

let directory: string;
let flux: Flux | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bp-flux-'));
});
afterEach(async () => {
  await flux?.stop();
  flux = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const HEALTHY = `
const [, host, port] = /--health-addr=(.*):(.*)/.exec(process.argv.slice(2).join('\\n'));
require('node:http').createServer((q, r) => r.end('ok')).listen(Number(port), host);
console.log(process.pid, process.argv.slice(2).join(' '), Object.keys(process.env).sort().join());
`;
const BROKEN = `console.error('no kind "OCIRepository" is registered'); process.exit(3);`;

/** Controllers that are scripts; each brings one CRD. */
function controllers(broken?: FluxController): FluxBinaries {
  const one = (name: FluxController): { readonly program: string; readonly crds: string } => {
    const [program, crds] = [join(directory, name), join(directory, `${name}-crds`)];
    writeFileSync(program, `#!${process.execPath}\n${name === broken ? BROKEN : HEALTHY}`, { mode: 0o755 });
    mkdirSync(crds);
    writeFileSync(join(crds, 'README.md'), 'not a CRD');
    writeFileSync(join(crds, 'one.yaml'), JSON.stringify(definition(`${name}.example.org`)));
    return { program, crds };
  };
  return {
    'source-controller': one('source-controller'),
    'kustomize-controller': one('kustomize-controller'),
    'helm-controller': one('helm-controller'),
  };
}

const definition = (name: string): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name },
});

/** An apiserver that takes everything and establishes it at once. */
function cluster(applied: JsonObject[]): FluxCluster {
  return {
    kubeconfig: '/admin.kubeconfig',
    directory,
    apply: async (object) => {
      applied.push(object);
      return object;
    },
    list: async () =>
      applied.map((o) => ({ ...o, status: { conditions: [{ type: 'Established', status: 'True' }] } })),
  };
}

const pidOf = (name: FluxController): number => Number(flux?.logs(name).split(' ')[0]);
const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('installs the CRDs and starts three controllers that find one another', async () => {
  const applied: JsonObject[] = [];
  flux = await startFlux(cluster(applied), {
    binaries: controllers(),
    flags: { 'helm-controller': ['--concurrent=7'] },
  });
  expect(applied.map((o) => o.metadata)).toEqual([
    { name: 'flux-system' },
    ...FLUX_CONTROLLERS.map((name) => ({ name: `${name}.example.org` })),
  ]);
  const address = flux.storageUrl.replace('http://', '');
  expect(flux.logs('source-controller')).toContain(`--storage-addr=${address} --storage-adv-addr=${address}`);
  expect(flux.logs('helm-controller')).toContain('--concurrent=7');
  expect(flux.logs('kustomize-controller'), 'nothing of our own environment').toMatch(
    / HOME,KUBECONFIG,RUNTIME_NAMESPACE,TMPDIR$/m,
  );
});

test('stops all of them', async () => {
  flux = await startFlux(cluster([]), { binaries: controllers() });
  const pids = FLUX_CONTROLLERS.map(pidOf);
  expect(pids.every(runs)).toBe(true);
  await flux.stop();
  expect(pids.some(runs)).toBe(false);
});

test('one that does not come up is named with its last words, and the others are stopped', async () => {
  const binaries = controllers('kustomize-controller');
  await expect(startFlux(cluster([]), { binaries })).rejects.toThrow(
    /kustomize-controller[\s\S]*no kind "OCIRepository" is registered/,
  );
  const log = join(directory, 'logs', 'source-controller.log');
  const pid = Number(readFileSync(log, 'utf8').split(' ')[0]);
  await waitFor('the others to be gone', () => (runs(pid) ? { state: 'it runs' } : { value: true }));
});
