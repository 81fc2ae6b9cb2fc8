// npm run e2e:up: a playground. Starts a registry with every Blueprint of this repository in it, Crossplane with all of
// them installed, and our function host; prints how to reach it, and ends all of it on Ctrl-C.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingParts } from './support/binaries.ts';
import { startOperators } from './support/operators.ts';
import { startPlatform } from './support/platform.ts';
import { makeNamespaces } from './support/whole-set.ts';

if (missingParts !== undefined) {
  console.error(`error: ${missingParts}`);
  process.exit(1);
}
// All that is written goes below one folder, so that one call removes it, however far the start has come.
const folder = mkdtempSync(join(tmpdir(), 'bp-e2e-up-'));
process.env.TMPDIR = folder;
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const started = Date.now();
const seconds = (): string => `${Math.round((Date.now() - started) / 1000)} s`.padStart(5);
let stop = (): Promise<void> => Promise.resolve(); // until it is up: what was started ends with this process
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    console.log('stopping');
    void stop().finally(() => process.exit(0));
  });
}

console.log(`${seconds()}  publishing every Blueprint to a registry of this machine`);
const platform = await startPlatform({ onStep: (step) => console.log(`${seconds()}  starting ${step}`) });
const { cluster, project, published } = platform;
const operators = startOperators(cluster, project);
stop = async () => {
  await operators.stop();
  await platform.stop();
};
await makeNamespaces(cluster, project);
const kinds = [...project.blueprints.values()].map((b) => b.blueprint.kind);
console.log(`${seconds()}  ready: ${kinds.join(', ')}

  export KUBECONFIG=${cluster.kubeconfig}
  kubectl get configurations,xrds
  kubectl apply -f blueprints/platform/cert-manager/examples/small.yaml
  kubectl wait --for=condition=Ready --timeout=60s certmanager/cert-manager
  kubectl get blueprints -A
  kubectl get helmreleases,namespaces -A
  kubectl delete --cascade=foreground certmanager/cert-manager

What an XR composes becomes ready within a second: there are no operators, a stand-in writes their status.
The packages are in the registry ${published.registry.host}, logs in ${cluster.directory}/logs. Ctrl-C ends everything.`);
