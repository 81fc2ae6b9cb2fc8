import {
  type ApiObject,
  Chart,
  ImplicitTokenResolver,
  type IResolver,
  LazyResolver,
  NumberStringUnionResolver,
} from 'cdk8s';
import type { Construct } from 'constructs';
import { objectName } from '../model/names.ts';
import type { ScopeFacts } from './scope-facts.ts';

const RESOLVERS: readonly IResolver[] = [
  new LazyResolver(),
  new ImplicitTokenResolver(),
  new NumberStringUnionResolver(),
];

export interface BlueprintScopeProps extends ScopeFacts {
  /** Put on every composed object. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Parent of all constructs of one render. An object without `metadata.name` is called `<XR name>-<construct path>`,
 * stable over releases and short enough, or it is an error; namespaced objects land in the scope's namespace.
 */
export class BlueprintScope extends Chart {
  /** Name of the XR. */
  readonly application: string;
  /** cdk8s looks for these on the root when it resolves values of constructs that are not ours. */
  readonly resolvers: readonly IResolver[] = RESOLVERS;
  /** What our own constructs ask for. */
  readonly facts: ScopeFacts;

  constructor(props: BlueprintScopeProps) {
    // A root: with no parent and an empty id, a construct's path is its own name.
    super(undefined as unknown as Construct, '', {
      namespace: props.namespace,
      labels: { ...props.labels },
      disableResourceNameHashes: true,
    });
    this.application = props.application;
    this.facts = props;
  }

  override generateObjectName(object: ApiObject): string {
    const { path } = object.node;
    // cdk8s-plus wraps its object under an id that cdk8s leaves out of names; so do we.
    const visible = path.split('/').filter((id) => id !== 'Resource' && id !== 'Default');
    return objectName([this.application, ...visible], `${object.kind} "${path}"`);
  }
}
