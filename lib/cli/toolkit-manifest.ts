import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the toolkit's own package.json says. */
export interface ToolkitManifest {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const NAME = '@openova/blueprints';

/** From the package that holds this file, wherever it is installed, compiled or not. */
export function toolkitManifest(): ToolkitManifest {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const file = join(at, 'package.json');
    const parsed: Partial<ToolkitManifest> & { readonly name?: string } = existsSync(file)
      ? JSON.parse(readFileSync(file, 'utf8'))
      : {};
    if (parsed.name === NAME || at === dirname(at)) {
      const { version = 'unknown', engines = { node: '*' } } = parsed;
      const { devDependencies = {}, peerDependencies = {} } = parsed;
      return { version, engines, devDependencies, peerDependencies };
    }
  }
}
