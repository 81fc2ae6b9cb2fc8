// npm run e2e:up: a playground. Starts a registry with every Blueprint of this repository in it, Crossplane with all of
// them installed, and our function host; prints how to reach it, and ends all of it on Ctrl-C.
import { once } from 'node:events';
import { missingParts } from './support/binaries.ts';
import { startOperators } from './support/operators.ts';
import { startPlatform } from './support/platform.ts';

if (missingParts !== undefined) {
  console.error(`error: ${missingParts}`);
  process.exit(1);
}
const started = Date.now();
const seconds = (): string => `${Math.round((Date.now() - started) / 1000)} s`.padStart(5);
console.log(`${seconds()}  publishing every Blueprint to a registry of this machine`);
const platform = await startPlatform({ onStep: (step) => console.log(`${seconds()}  starting ${step}`) });
const { cluster, project } = platform;
const kinds = [...project.blueprints.values()].map((b) => b.blueprint.kind);
const operators = startOperators(cluster, kinds);
console.log(`${seconds()}  ready: ${kinds.join(', ')}

  export KUBECONFIG=${cluster.kubeconfig}
  kubectl get configurations,xrds
  kubectl apply -f blueprints/platform/cert-manager/examples/small.yaml
  kubectl get blueprints -A --watch

What an XR composes becomes ready within a second: there are no operators, a stand-in writes their status.
Logs are in ${cluster.directory}/logs. Ctrl-C ends everything.`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
console.log('stopping');
await operators.stop();
await platform.stop();
process.exit(0);
