import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST_PACKAGE } from '../../generate/coordinates.ts';
import { CROSSPLANE_RANGE } from '../../generate/package.ts';
import { formatYaml, parseYaml } from '../../internal/yaml.ts';
import type { Project } from '../../project/index.ts';

const FOLDER = 'functions/blueprints/package';

/** `package.yaml` of the function: the project's own `crossplane.yaml` and `input/*.yaml`, else the least there must be. */
export function functionPackage(project: Project): string {
  const folder = join(project.root, FOLDER);
  const meta = join(folder, 'crossplane.yaml');
  if (!existsSync(meta)) return formatYaml(DEFAULT_META);
  const input = join(folder, 'input');
  const inputs = existsSync(input)
    ? readdirSync(input)
        .filter((f) => f.endsWith('.yaml'))
        .sort()
    : [];
  const documents = [meta, ...inputs.map((file) => join(input, file))].flatMap((file) =>
    parseYaml(readFileSync(file, 'utf8'), file),
  );
  return formatYaml(...documents);
}

const DEFAULT_META = {
  apiVersion: 'meta.pkg.crossplane.io/v1',
  kind: 'Function',
  metadata: { name: HOST_PACKAGE },
  spec: { crossplane: { version: CROSSPLANE_RANGE }, capabilities: ['composition'] },
};
