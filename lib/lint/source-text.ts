/** A string literal of a TypeScript source. */
export interface Literal {
  readonly text: string;
  readonly offset: number;
  /** What stands before it on its line. */
  readonly before: string;
}

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/g;

/** String literals outside of comments, in their order; of a template the text with its `${…}`. */
export function* literals(source: string): Generator<Literal> {
  for (const match of source.matchAll(TOKEN)) {
    const text = match[1] ?? match[2] ?? match[3];
    if (text === undefined) continue;
    const line = source.lastIndexOf('\n', match.index) + 1;
    yield { text, offset: match.index, before: source.slice(line, match.index) };
  }
}

/** Sources that an author wrote: not tests, not what `bp generate` writes. */
export function isAuthored(path: string): boolean {
  return path.endsWith('.ts') && !/\.test(-helper)?\.ts$/.test(path) && path !== 'config.ts';
}
