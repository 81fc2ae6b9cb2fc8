// A control plane with Crossplane and Flux on this machine, and a release that says what it waits for.
//   node examples/cluster/flux.ts FOLDER…      folders with the programs
import {
  describeStatus,
  findClusterBinaries,
  findFluxBinaries,
  hasCondition,
  startCluster,
  startFlux,
} from '@openova/blueprints/testing/cluster';

const folders = process.argv.slice(2);
const { binaries, missing } = findClusterBinaries(folders);
const controllers = findFluxBinaries(folders);
if (binaries === undefined || controllers.binaries === undefined)
  throw new Error(`not found: ${[...missing, ...controllers.missing].join(', ')}`);

const cluster = await startCluster({ binaries });
try {
  const flux = await startFlux(cluster, { binaries: controllers.binaries });
  await cluster.apply({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'cache', namespace: 'default' },
    spec: { interval: '10m', chartRef: { kind: 'OCIRepository', name: 'cache-source' } },
  });
  const release = await cluster.wait(
    { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', name: 'cache' },
    (object) => hasCondition(object, 'Ready', 'False'),
  );
  console.log(describeStatus(release));
  await flux.stop();
} finally {
  await cluster.stop();
}
