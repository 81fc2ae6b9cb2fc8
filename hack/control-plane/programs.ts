/** A program that build.ts makes from a pinned Go module. */
export interface Program {
  /** File name of the binary. */
  readonly name: string;
  /** Folder beside this file whose go.mod pins it: programs whose dependencies quarrel have modules of their own. */
  readonly folder: string;
  /** Main package. */
  readonly source: string;
  /** Module whose version the binary must have been built from. */
  readonly module: string;
  /** Variables to set with the linker, for that version. */
  readonly stamp?: (version: string) => Readonly<Record<string, string>>;
}

const CROSSPLANE = 'github.com/crossplane/crossplane/v2';
const CROSSPLANE_CLI = 'github.com/crossplane/cli/v2';
const KUBERNETES = 'k8s.io/kubernetes';

// Without a version Crossplane refuses every package that asks for one.
const crossplaneVersion = (version: string): Readonly<Record<string, string>> => ({
  'github.com/crossplane/crossplane-runtime/v2/pkg/version.version': version,
});

// Without one Kubernetes calls itself v0.0.0-master, and clients that gate features by version believe it.
function kubernetesVersion(version: string): Readonly<Record<string, string>> {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const variable = (name: string): string => `k8s.io/component-base/version.${name}`;
  return {
    [variable('gitVersion')]: version,
    [variable('gitMajor')]: major,
    [variable('gitMinor')]: minor,
  };
}

const kubernetes = (name: string): Program => ({
  name,
  folder: 'core',
  source: `${KUBERNETES}/cmd/${name}`,
  module: KUBERNETES,
  stamp: kubernetesVersion,
});

// Each from a module of its own: they were released with versions of one another's libraries that exclude each other.
const flux = (name: string): Program => ({
  name: `${name}-controller`,
  folder: `flux/${name}`,
  source: fluxModule(name),
  module: fluxModule(name),
});

function fluxModule(name: string): string {
  return `github.com/fluxcd/${name}-controller`;
}

const fluxCrds = (name: string): CopiedFolder => ({
  name: `${name}-controller-crds`,
  folder: `flux/${name}`,
  module: fluxModule(name),
  path: 'config/crd/bases',
});

export const PROGRAMS: readonly Program[] = [
  {
    name: 'crossplane',
    folder: 'core',
    source: `${CROSSPLANE}/cmd/crossplane`,
    module: CROSSPLANE,
    stamp: crossplaneVersion,
  },
  kubernetes('kube-apiserver'),
  kubernetes('kube-controller-manager'),
  {
    // Not "crossplane": that is the core's name.
    name: 'crossplane-cli',
    folder: 'cli',
    source: `${CROSSPLANE_CLI}/cmd/crossplane`,
    module: CROSSPLANE_CLI,
    stamp: crossplaneVersion,
  },
  flux('source'),
  flux('kustomize'),
  flux('helm'),
];

/** A folder that is copied out of a pinned module, beside the binaries. */
export interface CopiedFolder {
  readonly name: string;
  readonly folder: string;
  readonly module: string;
  /** Path inside the module. */
  readonly path: string;
}

export const COPIED_FOLDERS: readonly CopiedFolder[] = [
  { name: 'crossplane-crds', folder: 'core', module: CROSSPLANE, path: 'cluster/crds' },
  // What the cluster fixture repeats of them is compared with the original.
  {
    name: 'crossplane-chart',
    folder: 'core',
    module: CROSSPLANE,
    path: 'cluster/charts/crossplane/templates',
  },
  { name: 'crossplane-webhooks', folder: 'core', module: CROSSPLANE, path: 'cluster/webhookconfigurations' },
  fluxCrds('source'),
  fluxCrds('kustomize'),
  fluxCrds('helm'),
];
