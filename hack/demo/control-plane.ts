import { CLUSTER_CONFIG_NAME } from '../../lib/blueprint/cluster.ts';
import { connectFunction, createHost, type FunctionClient } from '../../lib/function/index.ts';
import { hostFunctionName } from '../../lib/generate/coordinates.ts';
import { assemblyOf } from '../../lib/generate/files.ts';
import { settleInput } from '../../lib/generate/settled.ts';
import { gunzip } from '../../lib/internal/gzip.ts';
import type { JsonObject } from '../../lib/internal/json.ts';
import { readTar } from '../../lib/internal/untar.ts';
import { parseYaml } from '../../lib/internal/yaml.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import { parseManifest, type Target } from '../../lib/oci/index.ts';
import type { Project } from '../../lib/project/index.ts';
import {
  addressFunction,
  type RenderResult,
  renderComposite,
  statusWhenReady,
} from '../../lib/render/index.ts';
import { blueprintRouter } from '../../lib/serve/index.ts';
import { createCertificateAuthority } from '../../lib/testing/certificates.ts';

/** The function host and a caller with a certificate, as Crossplane has it. */
export interface ControlPlane {
  readonly address: string;
  readonly client: FunctionClient;
  close(): Promise<void>;
}

/** Serves every Blueprint over mutual TLS on a free loopback port. */
export async function serveAll(project: Project): Promise<ControlPlane> {
  const ca = createCertificateAuthority();
  const server = ca.issue({ sans: ['localhost', '127.0.0.1'], usage: 'server' });
  const crossplane = ca.issue({ sans: ['crossplane'], usage: 'client' });
  const blueprints = [...project.blueprints.values()].map((b) => b.blueprint);
  const host = await createHost({
    handlers: blueprintRouter(blueprints, { catalogue: project.catalogue }),
    address: '127.0.0.1:0',
    tls: { ...server, ca: ca.certificate },
  });
  const address = `127.0.0.1:${host.port}`;
  const client = connectFunction(address, {
    tls: { ...crossplane, ca: ca.certificate },
    serverName: 'localhost',
  });
  return {
    address,
    client,
    close: async () => {
      client.close();
      await host.stop(1000);
    },
  };
}

/** What Crossplane reads of an artifact: the objects of `package.yaml`. */
export async function installPackage(target: Target, tag: string): Promise<readonly JsonObject[]> {
  const subject = await target.resolve(tag);
  const manifest = parseManifest(await target.fetch(subject), subject.mediaType);
  const layers = manifest.kind === 'manifest' ? manifest.layers : [];
  const layer = layers.find((l) => l.annotations?.['io.crossplane.xpkg'] === 'base');
  if (layer === undefined) throw new Error(`${tag} has no package layer`);
  const files = readTar(gunzip(await target.fetch(layer), 'package.tgz'), 'package.tgz');
  const text = Buffer.from(files[0]?.content ?? []).toString('utf8');
  return parseYaml(text, 'package.yaml') as readonly JsonObject[];
}

/** One reconcile of an XR, with the package that was installed, over gRPC. */
export function reconcile(
  project: Project,
  plane: ControlPlane,
  installed: readonly JsonObject[],
  xr: JsonObject,
  observed: readonly JsonObject[],
): Promise<RenderResult> {
  const one = [...project.blueprints.values()].find((b) => b.blueprint.kind === xr.kind);
  const composition = installed.find((o) => o.kind === 'Composition');
  const xrd = installed.find((o) => o.kind === 'CompositeResourceDefinition');
  if (one === undefined || composition === undefined || xrd === undefined) {
    throw new Error(`no Blueprint installed for ${String(xr.kind)}`);
  }
  const { required = [], scopeOf } = settleInput(assemblyOf(project), one.blueprint, xr);
  return renderComposite({
    composite: xr,
    composition,
    xrd,
    functions: new Map([[hostFunctionName(project.coordinates), addressFunction(plane.client)]]),
    observed,
    required: [...required, CLUSTER],
    ...(scopeOf && { scopeOf }),
  });
}

/** The composed objects as a cluster has them once all went well; nested XRs as Crossplane leaves them. */
export function becomeReady(result: RenderResult): readonly JsonObject[] {
  return result.composed.map(({ object }) => {
    if (object.apiVersion === COMPOSE_API_VERSION) return { ...object, status: { conditions: XR_READY } };
    const status = statusWhenReady(object);
    return status === undefined ? object : { ...object, status };
  });
}

const XR_READY: readonly JsonObject[] = [
  { type: 'Synced', status: 'True', reason: 'ReconcileSuccess' },
  { type: 'Ready', status: 'True', reason: 'Available' },
];

/** What a compose may know of its cluster. */
const CLUSTER: JsonObject = {
  apiVersion: 'apiextensions.crossplane.io/v1beta1',
  kind: 'EnvironmentConfig',
  metadata: { name: CLUSTER_CONFIG_NAME },
  data: { region: 'hz-fsn-rtz-prod', domain: 'demo.example' },
};
