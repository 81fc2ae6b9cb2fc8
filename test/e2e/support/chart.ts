import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isObject, type JsonObject } from '../../../lib/internal/json.ts';
import { parseYaml } from '../../../lib/internal/yaml.ts';
import { clusterBinaries } from './binaries.ts';

/** What a folder beside Crossplane's CRDs holds, of one kind. */
export function originals(folder: string, kind: string): readonly JsonObject[] {
  const path = join(dirname(clusterBinaries().crossplaneCrds), folder);
  return readdirSync(path)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(path, name), 'utf8'))
    .filter((text) => text.includes(`kind: ${kind}\n`))
    .flatMap((text) => parseYaml(plain(text), folder))
    .filter(isObject)
    .filter((object) => object.kind === kind);
}

/** A template of the chart as a release called `crossplane` would come out, every condition being true. */
function plain(template: string): string {
  return template
    .split('\n')
    .filter((line) => !/^\s*\{\{/.test(line) && !line.includes('.Values.'))
    .join('\n')
    .replaceAll('{{ template "crossplane.name" . }}', 'crossplane')
    .replaceAll('{{ .Release.Namespace }}', 'crossplane-system');
}
