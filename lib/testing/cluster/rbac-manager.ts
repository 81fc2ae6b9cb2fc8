import { join } from 'node:path';
import { ToolkitError } from '../../errors.ts';
import { isPortFree } from '../../internal/ports.ts';
import { type Child, startChild } from './child.ts';
import { PROVIDER_ROLE } from './crossplane-rights.ts';
import { untilReady } from './ready.ts';
import type { Look } from './wait.ts';

export interface RbacManagerOptions {
  /** Crossplane's core binary: the manager is one of its subcommands. */
  readonly binary: string;
  /** With the rights of its own ServiceAccount. */
  readonly kubeconfig: string;
  readonly directory: string;
}

const METRICS_PORT = 8080; // controller-runtime's default; the manager has no flag for another
const READY_TIMEOUT_MS = 60_000;

/**
 * Starts `crossplane rbac start`, which gives core its rights on every XRD, and waits until it watches.
 * @throws ToolkitError `conflict` where its port is taken
 */
export async function startRbacManager(options: RbacManagerOptions): Promise<Child> {
  const { directory } = options;
  // Otherwise somebody else's metrics would be taken for ours.
  if (!(await isPortFree(METRICS_PORT))) {
    throw new ToolkitError('conflict', `Cannot start "rbac-manager": port ${METRICS_PORT} is taken`, {
      remedy: 'run one cluster with `rbac` at a time: its metrics have no other port',
    });
  }
  const child = await startChild({
    name: 'rbac-manager',
    command: options.binary,
    args: ['rbac', 'start', `--provider-clusterrole=${PROVIDER_ROLE}`],
    env: { HOME: join(directory, 'home'), KUBECONFIG: options.kubeconfig },
    logFile: join(directory, 'logs', 'rbac-manager.log'),
  });
  await untilReady(child, watches, READY_TIMEOUT_MS);
  return child;
}

async function watches(): Promise<Look<true>> {
  const answer = await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`);
  const text = await answer.text();
  return text.includes('controller="rbac/compositeresourcedefinition')
    ? { value: true }
    : { state: 'its controllers do not run' };
}
