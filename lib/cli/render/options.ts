import type { Command } from 'commander';
import { collect } from '../collect.ts';

/** Options of `bp render`: the long names are those of `crossplane composition render`, so that scripts port. */
export interface RenderOptions {
  readonly observedResources?: readonly string[];
  readonly requiredResources?: readonly string[];
  readonly requiredSchemas?: readonly string[];
  readonly contextValues?: readonly string[];
  readonly contextFiles?: readonly string[];
  readonly functionCredentials?: readonly string[];
  readonly functionAnnotations?: readonly string[];
  readonly function?: readonly string[];
  readonly xrd?: string;
  readonly includeFullXr?: boolean;
  readonly includeFunctionResults?: boolean;
  readonly includeContext?: boolean;
  readonly untilReady?: boolean;
  readonly watch?: boolean;
  readonly timeout: string;
}

export function configureRender(command: Command): Command {
  return command
    .description(
      'Shows what Crossplane would do with an XR: one reconcile, in this process, without a cluster. COMPOSITION and ' +
        'FUNCTIONS default to the Blueprint of the XR’s kind in this project. Files may hold several documents; a ' +
        'directory stands for its YAML files, - for stdin.',
    )
    .argument('<xr>', 'the XR, a YAML file')
    .argument('[composition]', 'the Composition, a YAML file')
    .argument('[functions]', 'the Functions that its pipeline names, a YAML file or directory')
    .option('--observed-resources <path>', 'composed resources that exist already', collect)
    .option(
      '-e, --required-resources <path>',
      'other objects of the cluster that functions may ask for',
      collect,
    )
    .option(
      '-s, --required-schemas <path>',
      'OpenAPI v3 documents that functions may ask for (JSON)',
      collect,
    )
    .option('--context-values <key=json>', 'what the context holds before the first step', collect)
    .option('--context-files <key=file>', 'the same, read from files', collect)
    .option('--function-credentials <path>', 'Secrets that steps name as credentials', collect)
    .option(
      '-a, --function-annotations <key=value>',
      'annotations laid over those of every Function',
      collect,
    )
    .option(
      '--function <name=command>',
      'start this command as the function, and stop it at the end. It is told where to listen: {port} in it stands for ' +
        'the port; without {port}, --insecure --address 127.0.0.1:PORT is appended',
      collect,
    )
    .option('--xrd <path>', 'the XRD, where the XR is not one of this project: fills in defaults')
    .option('-x, --include-full-xr', 'print the spec of the XR as well')
    .option('-r, --include-function-results', 'print results of functions as objects')
    .option('-c, --include-context', 'print the context after the last step as an object')
    .option(
      '--until-ready',
      'reconcile against a simulated cluster, in which objects become ready, until nothing changes; exit 1 if the XR is not ready then',
    )
    .option(
      '-w, --watch',
      'render again whenever something that it reads is saved: files that are named here, the project, what that imports',
    )
    .option('--timeout <duration>', 'give up after this long, such as 30s or 2m', '1m');
}
