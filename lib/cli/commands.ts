import type { CliCommand } from './command.ts';

/** A row of `bp --help`. The module is loaded only when the command runs. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: CliCommand<never> }>;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'generate',
    summary: 'write what follows from the source: types, XRD, Composition, package, manifests, tables',
    load: () => import('./commands/generate.ts'),
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
    name: 'serve',
    summary: 'run the function host: serve the Blueprints to Crossplane over gRPC',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'catalog',
    summary: 'list the Blueprints of this project: versions, kinds, dependencies, sizes',
    load: () => import('./commands/catalog.ts'),
  },
];
