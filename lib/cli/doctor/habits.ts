import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isObject, parseJson } from '../../internal/json.ts';
import { blueprintDirectories } from '../../project/index.ts';
import { filesBelow } from '../../project/planned-files.ts';
import { type Check, error, listed, warning } from './check.ts';

const HEADER = /^# yaml-language-server: \$schema=(\S+)/m;

/** Mistakes that no command stumbles over at once, but a colleague or an editor will. */
export function checkHabits(root: string): readonly Check[] {
  return [...checkModuleType(root), ...checkEditorHeaders(root)];
}

function checkModuleType(root: string): readonly Check[] {
  const manifest = parseJson(readFileSync(join(root, 'package.json'), 'utf8'), 'package.json');
  if (isObject(manifest) && manifest.type === 'module') return [];
  return [
    error(
      'modules',
      'package.json does not say "type": "module"',
      'npm pkg set type=module, or imports fail',
    ),
  ];
}

/** Every example names the schema of its Blueprint, and that file is there. */
function checkEditorHeaders(root: string): readonly Check[] {
  const wrong = blueprintDirectories(root).flatMap((folder) =>
    filesBelow(join(folder, 'examples'))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => join(folder, 'examples', file))
      .filter((file) => {
        const schema = HEADER.exec(readFileSync(file, 'utf8'))?.[1];
        return schema === undefined || !existsSync(join(file, '..', schema));
      })
      .map((file) => relative(root, file)),
  );
  if (wrong.length === 0) return [];
  return [
    warning(
      'editor',
      `no schema for editors in: ${listed(wrong)}`,
      'start them with # yaml-language-server: $schema=../generated/xr.schema.json, and run bp generate',
    ),
  ];
}
