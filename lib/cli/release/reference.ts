import type { RemoteClient, Target } from '../../oci/index.ts';
import type { Cli } from '../command.ts';

/** What a reference on the command line stands for. */
export interface OpenReference {
  readonly target: Target;
  /** Tag, name in a layout, or digest; undefined where only the repository is named. */
  readonly at: string | undefined;
  /** The tag in a registry: of `oci:DIRECTORY:bp-a:1.0.0` it is `1.0.0`. */
  readonly tag: string | undefined;
  /** Directory of a layout; undefined for a registry. */
  readonly layout: string | undefined;
}

const LAYOUT =
  /^oci:(.+?)(?::([A-Za-z0-9_][A-Za-z0-9._-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]*)?)|@(sha256:[0-9a-f]{64}))?$/;

/** `HOST/PATH[:TAG][@DIGEST]`, or an OCI layout as `oci:DIRECTORY[:NAME][@DIGEST]`. @throws ToolkitError `usage` */
export async function openReference(cli: Cli, text: string, client: RemoteClient): Promise<OpenReference> {
  const { LayoutTarget, parseReference } = await import('../../oci/index.ts');
  const layout = LAYOUT.exec(text);
  if (layout === null) {
    const { tag, digest, ...repository } = parseReference(text);
    return { target: client.target(repository), at: digest ?? tag, tag, layout: undefined };
  }
  const [, path = '', name, digest] = layout;
  const directory = cli.path(path);
  const tag = name?.slice(name.indexOf(':') + 1);
  return { target: new LayoutTarget(directory), at: digest ?? name, tag, layout: directory };
}
