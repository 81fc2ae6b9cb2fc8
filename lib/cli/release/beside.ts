import type { Cli } from '../command.ts';

/** Said after a release: what a package cannot carry, and what its order of deletion needs. */
export function noteWhatTravelsBeside(cli: Cli): void {
  cli.note(
    [
      'hint: before it is installed, apply crossplane/rbac.yaml of the artifact if it has one (a package cannot carry a',
      '      ClusterRole); how the host runs stands in crossplane/runtime.yaml, what installs it in crossplane/configuration.yaml',
      '      (oras pull REFERENCE && tar xzf manifests.tgz)',
    ].join('\n'),
  );
}
