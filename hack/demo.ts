// npm start: the whole road on this machine, offline. Publishes every Blueprint signed, verifies them, serves them,
// and lets one XR of cortex be composed twice. Ends by itself; what it made stays in .bp/demo.
import './demo/no-proxy.ts';
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { RemoteClient } from '../lib/oci/index.ts';
import { loadProject, type Project } from '../lib/project/index.ts';
import { startRegistry } from '../lib/registry/index.ts';
import { formatSummary, type RenderResult } from '../lib/render/index.ts';
import { startSigstore } from '../lib/sigstore/index.ts';
import { becomeReady, type ControlPlane, installPackage, reconcile, serveAll } from './demo/control-plane.ts';
import { keep, type Places, publishAll, verifyAll, WORKFLOW } from './demo/release.ts';
import { bold, dim, Stage } from './demo/stage.ts';

const ROOT = join(import.meta.dirname, '..');
const DIRECTORY = join(ROOT, '.bp', 'demo');
const PRODUCT = 'cortex';

const stage = new Stage();
const closing: (() => Promise<void> | void)[] = [];

async function main(): Promise<void> {
  rmSync(DIRECTORY, { recursive: true, force: true });
  console.log(bold('Catalyst Blueprints: one source, every consumer'));
  stage.part('Start what a platform has');
  const project = await stage.step(
    () => loadProject(ROOT),
    (p) => `${p.blueprints.size} Blueprints: ${[...p.blueprints.keys()].join(', ')}`,
  );
  const places = await startPlaces();

  stage.part('Release');
  const results = await stage.step(
    () => publishAll(project, places),
    (r) => `built, pushed, signed, attested and tagged ${r.length} artifacts, keyless, in both formats`,
  );
  const names = results.map((r) => `bp-${r.name}:${r.tag}`);
  const width = Math.max(...names.map((name) => name.length));
  results.forEach((r, i) => {
    stage.line(`    ${(names[i] ?? '').padEnd(width)}  ${dim(r.digest ?? '')}`);
  });
  await stage.step(
    () => publishAll(project, places),
    (r) =>
      `and again: ${r.filter((x) => x.status === 'unchanged').length} of ${r.length} unchanged, nothing written`,
  );
  const reports = await stage.step(
    () => verifyAll(results, places),
    (r) => `verified ${r.length}: signature, SPDX, CycloneDX and SLSA by ${WORKFLOW}`,
  );
  const titles = reports[0]?.consumers.map((c) => c.title) ?? [];
  stage.line(`    each would be accepted by ${titles.join(', ')}`);
  await stage.step(
    () => keep(results, places, DIRECTORY),
    () => `kept with all signatures in ${shown('artifacts')}`,
  );

  await serveAndCompose(project, places);

  console.log(`
${bold('Left for you')} (all of it done in ${stage.end()})
   ${shown('artifacts')}   an OCI layout with every artifact, its signatures and attestations
   ${shown('sigstore')}    the trust root they verify against
   verify one:   npm run bp -- verify oci:${shown('artifacts')}:bp-${PRODUCT}:${results.find((r) => r.name === PRODUCT)?.tag} \\
                   --trusted-root ${shown('sigstore')}/trusted_root.json --certificate-oidc-issuer-regexp '.+' --certificate-identity-regexp '.+/blueprint-release.yaml@.+'
   render one:   npm run bp -- render blueprints/platform/keycloak/examples/small.yaml --until-ready`);
}

async function startPlaces(): Promise<Places> {
  const registry = await stage.step(
    () => startRegistry(),
    (r) => `a registry on ${r.address}`,
  );
  closing.push(() => registry.close());
  const sigstore = await stage.step(
    () => startSigstore(),
    (s) => `a Sigstore on ${s.url.replace('http://', '')} (certificates, transparency log)`,
  );
  closing.push(() => sigstore.close());
  const client = new RemoteClient();
  closing.push(() => client.close());
  return { registry: `${registry.address}/openova-io`, client, sigstore };
}

async function serveAndCompose(project: Project, { registry, client }: Places): Promise<void> {
  const product = project.blueprints.get(PRODUCT);
  const xr = product?.examples.get(product.blueprint.defaultSize);
  if (product === undefined || xr === undefined) throw new Error(`${PRODUCT} or its example XR is missing`);
  stage.part('Serve');
  const plane = await stage.step(
    () => serveAll(project),
    (p) => `the function host on ${p.address}: mutual TLS, one process for all of them`,
  );
  closing.push(() => plane.close());
  const target = client.target(`${registry}/${product.blueprint.artifact}`);
  const installed = await stage.step(
    () => installPackage(target, product.blueprint.version),
    (o) => `installed from the registry: ${o.map((x) => x.kind).join(', ')}`,
  );

  stage.part(`Compose: one ${product.blueprint.kind}, size ${product.blueprint.defaultSize}`);
  const call = (observed: Parameters<typeof reconcile>[4]): Promise<RenderResult> =>
    reconcile(project, plane, installed, xr, observed);
  const created = await stage.step(
    () => call([]),
    (r) => `first call, nothing is there yet: ${count(r.composed.length)} composed`,
  );
  tell(created);
  const observed = becomeReady(created);
  const settled = await stage.step(
    () => call(observed),
    () => `second call, ${count(observed.length)} of the first observed and ready`,
  );
  tell(settled);
  await expectRefusal(plane);
}

/** What was composed, and why the XR is or is not ready. */
function tell(result: RenderResult): void {
  if (result.failure !== undefined) throw new Error(result.failure.message);
  stage.block(formatSummary(result));
  const { conditions = [] } = result.composite.status as {
    readonly conditions?: readonly { type: string; status: string; reason: string; message?: string }[];
  };
  for (const { type, status, reason, message } of conditions) {
    stage.line(dim(`  ${type}=${status} (${reason})${message ? ` ${message}` : ''}`));
  }
}

/** Without a certificate of the control plane nobody is served. */
async function expectRefusal(plane: ControlPlane): Promise<void> {
  const { connectFunction } = await import('../lib/function/index.ts');
  const stranger = connectFunction(plane.address, { insecure: true });
  await stage.step(
    async () => {
      const answer = await stranger.run({ tag: 'stranger' }, { timeoutMs: 2000 }).catch(() => undefined);
      stranger.close();
      if (answer !== undefined) throw new Error('the host answered a caller without a certificate');
    },
    () => 'a caller without a certificate is refused',
  );
}

function count(objects: number): string {
  return objects === 1 ? '1 object' : `${objects} objects`;
}

function shown(name: string): string {
  return relative(process.cwd(), join(DIRECTORY, name)) || '.';
}

try {
  await main();
} catch (error) {
  console.error(`\nerror: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const close of closing.reverse()) await close();
}
