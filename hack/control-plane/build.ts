// Makes the programs of a real control plane ready: Crossplane's core with its CRDs, kube-apiserver and
// kube-controller-manager. What is on the PATH or in the folder already is taken; the rest is built once from the
// versions that go.mod pins (about ten minutes on two cores, seconds when Go's caches are warm).
//
//   node hack/run.mjs hack/control-plane/build.ts [--only NAME]… [--directory DIR] [--check]
//
// --check builds nothing and exits 1 if something is missing. etcd comes from hack/real-parts.sh.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { controlPlaneFolder } from './folder.ts';

interface Program {
  readonly name: string;
  /** Main package in the module of go.mod. */
  readonly source: string;
  /** Module whose version the binary must have been built from. */
  readonly module: string;
}

const CROSSPLANE_MODULE = 'github.com/crossplane/crossplane/v2';
const CRDS = 'crossplane-crds';
const PROGRAMS: readonly Program[] = [
  { name: 'crossplane', source: `${CROSSPLANE_MODULE}/cmd/crossplane`, module: CROSSPLANE_MODULE },
  { name: 'kube-apiserver', source: 'k8s.io/kubernetes/cmd/kube-apiserver', module: 'k8s.io/kubernetes' },
  {
    name: 'kube-controller-manager',
    source: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    module: 'k8s.io/kubernetes',
  },
];

function go(args: readonly string[], options: { readonly show?: boolean } = {}): string {
  const { status, stdout, error } = spawnSync('go', args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', options.show === true ? 'inherit' : 'pipe'],
    env: { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' },
  });
  if (error !== undefined) {
    throw new Error('Cannot build the control plane: Go is not on the PATH (hint: install Go 1.26 or newer)');
  }
  if (status !== 0) throw new Error(`Cannot build the control plane: go ${args[0]} exited ${status}`);
  return stdout.trim();
}

/** The version of a module that go.mod pins. */
const pinned = (module: string): string => go(['list', '-m', '-f', '{{.Version}}', module]);

function onPath(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).filter((place) => place !== '');
  return places.map((place) => join(place, name)).find(existsSync);
}

/** Whether Go says that a binary was built from that version; one that Go cannot read is taken as it is. */
function isFrom(binary: string, { module }: Program, version: string): boolean {
  const { status, stdout } = spawnSync('go', ['version', '-m', binary], { encoding: 'utf8' });
  return status !== 0 || stdout.includes(`\t${module}\t${version}\t`);
}

function build({ name, source, module }: Program, directory: string): void {
  const version = pinned(module);
  const target = join(directory, name);
  // Without a version Crossplane refuses every package that asks for one.
  const stamp = `-X github.com/crossplane/crossplane-runtime/v2/pkg/version.version=${version}`;
  const flags = name === 'crossplane' ? ['-ldflags', stamp] : [];
  go(['build', ...flags, '-o', `${target}.new`, source], { show: true });
  chmodSync(`${target}.new`, 0o755);
  renameSync(`${target}.new`, target);
}

function ready(program: Program, directory: string): string | undefined {
  const path = onPath(program.name);
  if (path !== undefined) return path;
  const cached = join(directory, program.name);
  if (!existsSync(cached)) return undefined;
  return onPath('go') === undefined || isFrom(cached, program, pinned(program.module)) ? cached : undefined;
}

function copyCrds(directory: string): void {
  const source = join(go(['list', '-m', '-f', '{{.Dir}}', CROSSPLANE_MODULE]), 'cluster', 'crds');
  const target = join(directory, CRDS);
  rmSync(target, { recursive: true, force: true });
  // Go's module cache is read-only, and copies of it would be as well.
  cpSync(source, target, { recursive: true, mode: 0 });
  spawnSync('chmod', ['-R', 'u+w', target]);
}

function main(): number {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      directory: { type: 'string' },
      check: { type: 'boolean' },
    },
  });
  const directory = values.directory ?? controlPlaneFolder(process.env);
  mkdirSync(directory, { recursive: true });
  const wanted = PROGRAMS.filter(({ name }) => values.only === undefined || values.only.includes(name));
  let missing = 0;
  for (const program of wanted) {
    const there = ready(program, directory);
    if (there !== undefined) console.log(`${program.name}: ${there}`);
    else if (values.check === true) missing += 1;
    else {
      console.log(`${program.name}: building from ${program.module} ${pinned(program.module)} …`);
      const start = Date.now();
      build(program, directory);
      console.log(`${program.name}: built in ${Math.round((Date.now() - start) / 1000)} s`);
    }
  }
  const crds = join(directory, CRDS);
  const needsCrds = wanted.some(({ name }) => name === 'crossplane');
  if (needsCrds && !existsSync(crds)) {
    if (values.check === true) missing += 1;
    else copyCrds(directory);
  }
  if (missing > 0) console.error(`error: ${missing} parts of the control plane are missing in ${directory}`);
  return missing === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
