import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { formatYaml } from '../../../lib/internal/yaml.ts';
import { objectAt, textAt } from './objects.ts';

/** What the apiserver was asked for by one user. */
export interface Audit {
  /** Flags of kube-apiserver. */
  readonly flags: readonly string[];
  /** `group/resource verb` of everything that was granted so far, such as `policy/poddisruptionbudgets watch`. */
  granted(): ReadonlySet<string>;
}

/** Has the apiserver note every request of a user in a file of this folder. */
export function auditOf(user: string, directory: string): Audit {
  const policy = join(directory, 'audit-policy.yaml');
  const log = join(directory, 'audit.log');
  writeFileSync(
    policy,
    formatYaml({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      // A watch has answered long before it is complete.
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
    }),
  );
  return {
    flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
    granted() {
      const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
      const events = lines.map((line) => JSON.parse(line) as JsonObject);
      const ok = events.filter((e) => Number(objectAt(e, 'responseStatus').code) !== 403);
      return new Set(ok.map(rightOf));
    },
  };
}

function rightOf(event: JsonObject): string {
  const [group, resource] = [textAt(event, 'objectRef', 'apiGroup'), textAt(event, 'objectRef', 'resource')];
  return `${group}/${resource} ${textAt(event, 'verb')}`;
}
