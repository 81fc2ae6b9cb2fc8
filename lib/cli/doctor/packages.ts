import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import semver from 'semver';
import { toolkitManifest } from '../toolkit-manifest.ts';
import { type Check, error, ok } from './check.ts';

/** Two copies of one of these and constructs of one do not fit into the tree of the other. */
const SINGLE = ['cdk8s', 'cdk8s-plus-28', 'constructs', '@openova/blueprints'];

/** The peers that a project needs: there, in a version that fits, and once. */
export function checkPackages(root: string): readonly Check[] {
  const { peerDependencies } = toolkitManifest();
  const checks: Check[] = [];
  for (const name of SINGLE) {
    const copies = findCopies(root, name);
    const [first, ...others] = copies;
    if (first === undefined) {
      // The toolkit's own repository stands for itself.
      if (name !== '@openova/blueprints') {
        checks.push(error('packages', `${name} is not installed`, `npm install ${name}`));
      }
      continue;
    }
    const range = peerDependencies[name];
    const version = versionOf(first);
    if (others.length > 0) {
      const where = copies.map((c) => `${c} (${versionOf(c)})`).join(', ');
      checks.push(
        error(
          'packages',
          `${name} is there ${copies.length} times: ${where}`,
          'npm dedupe, or npm ls to see who asks',
        ),
      );
    } else if (range !== undefined && !semver.satisfies(version, range)) {
      checks.push(
        error('packages', `${name} ${version} is outside ${range}`, `npm install ${name}@"${range}"`),
      );
    } else checks.push(ok('packages', `${name} ${version}`));
  }
  return checks;
}

/** Real folders of a package: where Node finds it from the root, and below packages that brought their own. */
function findCopies(root: string, name: string): readonly string[] {
  const found = new Set<string>();
  const add = (folder: string): void => {
    if (existsSync(join(folder, 'package.json'))) found.add(realpathSync(folder));
  };
  for (let at = root; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(folder)) {
      add(folder);
      break;
    }
    if (at === dirname(at)) break;
  }
  for (const owner of packagesIn(join(root, 'node_modules'))) add(join(owner, 'node_modules', name));
  return [...found];
}

function packagesIn(modules: string): readonly string[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(modules, name)).map((inner) => join(modules, name, inner))
        : [join(modules, name)],
    );
}

function versionOf(folder: string): string {
  const parsed: { readonly version?: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return parsed.version ?? 'unknown';
}
