import type { CommandRow } from './command.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'new',
    summary: 'start a Blueprint that renders, validates and tests green as it is',
    load: () => import('./commands/new.ts'),
  },
  {
    name: 'generate',
    summary: 'write what follows from the source: types, XRD, Composition, package, manifests, tables',
    load: () => import('./commands/generate.ts'),
  },
  {
    name: 'import',
    summary: 'make typed constructs and schemas from CRDs: files, packages, pages',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'render',
    summary: 'show what Crossplane would do with an XR, without a cluster',
    load: () => import('./commands/render.ts'),
  },
  {
    name: 'validate',
    summary: 'judge Blueprints and objects as the apiserver would, CEL included',
    load: () => import('./commands/validate.ts'),
  },
  {
    name: 'explain',
    summary: 'explain a rule of bp validate: what it asks for, why, and the way out',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'test',
    summary: 'prove Blueprints over every size, placement and config, without test code',
    load: () => import('./commands/test.ts'),
  },
  {
    name: 'diff',
    summary: 'say what an upgrade deletes, replaces or breaks, and which version bump that is',
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'serve',
    summary: 'run the function host: serve the Blueprints to Crossplane over gRPC',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'replay',
    summary: 'answer a captured request again, with what the project holds now',
    load: () => import('./commands/replay.ts'),
  },
  {
    name: 'catalog',
    summary: 'list the Blueprints of this project: versions, kinds, dependencies, sizes',
    load: () => import('./commands/catalog.ts'),
  },
  {
    name: 'doctor',
    summary: 'say what is wrong with this machine and project, and the way out',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'build',
    summary: 'build artifacts as an OCI layout, reproducible to the byte',
    load: () => import('./commands/build.ts'),
  },
  {
    name: 'publish',
    summary: 'build, push, sign, attest, verify and tag, only what changed',
    load: () => import('./commands/publish.ts'),
  },
  {
    name: 'push',
    summary: 'build and push artifacts',
    load: () => import('./commands/push.ts'),
  },
  {
    name: 'sign',
    summary: 'sign an artifact in a registry, in both formats',
    load: () => import('./commands/sign.ts'),
  },
  {
    name: 'verify',
    summary: 'say who signed an artifact, and which consumers would accept it',
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'mirror',
    summary: 'copy an artifact with its signatures, between registries or over a disk',
    load: () => import('./commands/mirror.ts'),
  },
  {
    name: 'image',
    summary: 'build the function package that serves the Blueprints, without a container engine',
    load: () => import('./commands/image.ts'),
  },
  {
    name: 'registry',
    summary: 'run an OCI registry on this machine',
    load: () => import('./commands/registry.ts'),
  },
  {
    name: 'sigstore',
    summary: 'run a Sigstore on this machine, to sign keyless offline',
    load: () => import('./commands/sigstore.ts'),
  },
  {
    name: 'completion',
    summary: 'complete commands, options and Blueprints in bash, zsh and fish',
    load: () => import('./commands/completion.ts'),
  },
];
