import { type Document, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseAllDocuments } from 'yaml';

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `spec.a[0]["b.c"]`, `$.properties.x` → keys. */
export function parsePath(path: string): readonly (string | number)[] {
  const out: (string | number)[] = [];
  for (const match of path.matchAll(/\["((?:\\.|[^"\\])*)"\]|\[(\d+)\]|([^.[\]]+)/g)) {
    const [, quoted, index, key] = match;
    if (quoted !== undefined) out.push(JSON.parse(`"${quoted}"`) as string);
    else if (index !== undefined) out.push(Number(index));
    else if (key !== undefined && !(key === '$' && out.length === 0)) out.push(key);
  }
  return out;
}

/** Positions of a YAML (or JSON) text, parsed once. */
export class YamlPositions {
  readonly #lines = new LineCounter();
  readonly #documents: readonly Document<ParsedNode>[];

  constructor(text: string) {
    const parsed = parseAllDocuments(text, { lineCounter: this.#lines, version: '1.2', uniqueKeys: false });
    // Those that hold nothing are no objects, as in `parseYaml`.
    this.#documents = [...parsed].filter((d) => d.contents !== null) as Document<ParsedNode>[];
  }

  /**
   * Where a path stands in the n-th document: its key, or the nearest one above it that is written.
   * @returns undefined when there is no such document
   */
  find(document: number, path: string | readonly (string | number)[]): Position | undefined {
    const root = this.#documents[document]?.contents;
    if (root?.range === undefined || root.range === null) return undefined;
    let offset = root.range[0];
    let at: unknown = root;
    for (const key of typeof path === 'string' ? parsePath(path) : path) {
      const next = child(at, key);
      if (next === undefined) break;
      offset = next.offset;
      at = next.value;
    }
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

function child(node: unknown, key: string | number): { offset: number; value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((p) => isScalar(p.key) && String(p.key.value) === String(key));
    const range = isScalar(pair?.key) ? pair.key.range : undefined;
    return range === undefined || range === null ? undefined : { offset: range[0], value: pair?.value };
  }
  if (!isSeq(node) || typeof key !== 'number') return undefined;
  const item = node.items[key] as ParsedNode | undefined;
  return item?.range === undefined || item.range === null
    ? undefined
    : { offset: item.range[0], value: item };
}

/** Line and column of an offset in a text. */
export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/**
 * Where a construct is made in TypeScript: `new X(scope, 'server'`. What a construct makes itself (`server-source`)
 * stands where that one is made.
 */
export function findConstruct(text: string, construct: string): Position | undefined {
  for (let name = construct; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('-')))) {
    const offset = text.search(new RegExp(`new\\s+[\\w.]+\\(\\s*[\\w.]+,\\s*['"\`]${escaped(name)}['"\`]`));
    if (offset >= 0) return positionOf(text, offset);
  }
  return undefined;
}

/**
 * Where a property stands in the object literals of a TypeScript source, `card: {` the first of that name and what
 * follows inside it; the nearest one above it that is written, as in YAML.
 */
export function findProperty(text: string, path: string): Position | undefined {
  let [from, to] = [0, text.length];
  let found: number | undefined;
  for (const key of parsePath(path)) {
    const name = escaped(String(key));
    const property = new RegExp(`(?<![\\w.'"])(?:['"]${name}['"]\\s*:|${name}\\s*[:,])\\s*`);
    const match = property.exec(text.slice(from, to));
    if (match === null) break;
    found = from + match.index;
    from = found + match[0].length;
    // What is no literal has no properties here.
    if (text[from] !== '{') break;
    to = literalEnd(text, from);
  }
  return found === undefined ? undefined : positionOf(text, found);
}

const TOKEN = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/.*|\/\*(?:.|\n)*?\*\/|[{}]/g;

/** The end of the object literal that begins at an offset; texts and comments do not count. */
function literalEnd(text: string, start: number): number {
  let depth = 0;
  const tokens = new RegExp(TOKEN);
  tokens.lastIndex = start;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === '{') depth += 1;
    if (token[0] === '}' && --depth === 0) return token.index;
  }
  return text.length;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
