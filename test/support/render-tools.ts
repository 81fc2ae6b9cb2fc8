import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { controlPlaneFolder } from '../../hack/control-plane/folder.ts';

/** What judges our renderer: Crossplane's core, which holds the render engine, and Crossplane's CLI. */
export interface RenderTools {
  readonly core: string;
  readonly cli: string;
}

/** The folder of the built ones first: on a PATH, "crossplane" is as often the CLI as the core. */
function find(name: string): string | undefined {
  const places = [controlPlaneFolder(process.env), ...(process.env.PATH ?? '').split(delimiter)];
  return places
    .filter((place) => place !== '')
    .map((place) => join(place, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Both programs, or why there is nothing to compare with. */
export function findRenderTools(): RenderTools | { readonly missing: string } {
  const [core, cli] = [find('crossplane'), find('crossplane-cli')];
  if (core !== undefined && cli !== undefined) return { core, cli };
  const names = [core ?? 'crossplane', cli ?? 'crossplane-cli'].filter((name) => !name.includes('/'));
  return { missing: `${names.join(', ')} not found; run hack/control-plane/build.ts` };
}
