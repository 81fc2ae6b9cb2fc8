import type { IConstruct } from 'constructs';
import { ToolkitError } from '../errors.ts';
import type { ClusterFacts } from './cluster.ts';

/** What our own constructs may ask their scope for, so that an author need not hand it to each of them. */
export interface ScopeFacts {
  readonly application: string;
  readonly namespace: string;
  readonly cluster: ClusterFacts;
}

/** Facts of the scope that a construct hangs below. @throws ToolkitError `usage` outside a Blueprint's scope */
export function scopeFacts(construct: IConstruct): ScopeFacts {
  const root = construct.node.root;
  // By name rather than by class: two copies of a package break `instanceof`.
  if ('facts' in root) return root.facts as ScopeFacts;
  throw new ToolkitError(
    'usage',
    `Cannot build "${construct.node.path}": it must hang below the scope that compose was given`,
  );
}
