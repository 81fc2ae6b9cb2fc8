import { posix } from 'node:path';
import { readText } from './repository.ts';

/** One import, export-from or dynamic import of a source file. */
export interface Import {
  readonly from: string;
  /** As written: `../oci/index.ts`, `cdk8s`, `node:fs`. */
  readonly specifier: string;
  /** The file that a relative specifier means, from the root; undefined for packages. */
  readonly file: string | undefined;
}

// Statements start a line, which keeps code inside template strings out; calls may stand anywhere.
const STATEMENT =
  /^(?:import|export)\s+(?:type\s+)?(?:[\w$*{][^;'"`]*?\sfrom\s+)?['"]([^'"\n]+)['"]\s*(?:with\s*\{[^}]*\})?;?/gm;
const CALL = /\b(?:import|(?:require|import\.meta|createRequire\([^)]*\))\.resolve)\(\s*['"]([^'"\n$]+)['"]/g;

export function importsOf(path: string): Import[] {
  const text = withoutComments(readText(path));
  return [STATEMENT, CALL].flatMap((pattern) =>
    [...text.matchAll(pattern)]
      .filter(({ index }) => pattern === CALL || !isInsideTemplate(text, index))
      .map(([, specifier = '']) => ({
        from: path,
        specifier,
        file: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined,
      })),
  );
}

/** Generators write imports into template strings; those are not imports of the generator. */
function isInsideTemplate(text: string, index: number): boolean {
  const backticks = text.slice(0, index).match(/(?<!\\)`/g)?.length ?? 0;
  return backticks % 2 === 1;
}

/** `@scope/name/door` → `@scope/name`; undefined for relative, `node:` and file URLs. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|node:|file:|data:)/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Good enough for our own, formatted sources: whole-line, trailing and block comments. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}(,])\/\/[^\n]*/g, '$1');
}
