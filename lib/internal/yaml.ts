import { Document, parseAllDocuments, Scalar, visit } from 'yaml';
import { ToolkitError } from '../errors.ts';
import { checkJson, type Json } from './json.ts';

export const MAX_YAML_BYTES: number = 4 * 1024 * 1024; // 4 MiB
const MAX_ALIASES = 100; // a Kubernetes document needs none; a "billion laughs" needs many

/**
 * Parses every document of an untrusted YAML (or JSON) text; empty documents are left out.
 * Size, depth and aliases are bounded, duplicate keys and `__proto__` are refused.
 * @throws ToolkitError `invalid` or `limit`, with `place` = `file:line:column`
 */
export function parseYaml(text: string, what: string): Json[] {
  if (text.length > MAX_YAML_BYTES) {
    throw new ToolkitError('limit', `Cannot read "${what}": it is larger than ${MAX_YAML_BYTES} bytes`);
  }
  const out: Json[] = [];
  for (const doc of parseAllDocuments(text, { version: '1.2', uniqueKeys: true })) {
    const error = doc.errors[0];
    if (error !== undefined) {
      const at = error.linePos?.[0];
      const place = at === undefined ? what : `${what}:${at.line}:${at.col}`;
      throw new ToolkitError('invalid', `Cannot read "${what}": ${firstLine(error.message)}`, {
        place,
        cause: error,
      });
    }
    let value: Json;
    try {
      value = doc.toJS({ maxAliasCount: MAX_ALIASES }) as Json;
    } catch (cause) {
      throw new ToolkitError('limit', `Cannot read "${what}": too many aliases`, { cause });
    }
    if (value === null || value === undefined) continue;
    checkJson(value, `"${what}"`);
    out.push(value);
  }
  return out;
}

/** One document, or an error that says how many there are. */
export function parseYamlDocument(text: string, what: string): Json {
  const docs = parseYaml(text, what);
  if (docs.length !== 1) {
    throw new ToolkitError(
      'invalid',
      `Cannot read "${what}": expected one YAML document, found ${docs.length}`,
    );
  }
  return docs[0] as Json;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? text;
}

// What a YAML 1.1 reader (Crossplane, Flux, kubectl) or a 1.2 reader would not take as the string it is.
const AMBIGUOUS =
  /^(?:|~|null|Null|NULL|y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|=|<<|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?[0-9._:][0-9a-fA-FxXoO_.:eE+-]*(?:[ Tt].*)?)$/;

/**
 * Writes documents so that YAML 1.1 and 1.2 readers agree: strings and keys such as `n`, `on`, `0o17`, `1e3`
 * and `2024-01-01` are quoted. Key order is the object's own; no aliases, no line folding.
 */
export function formatYaml(...values: readonly unknown[]): string {
  return values.map((value) => formatDocument(value)).join('---\n');
}

function formatDocument(value: unknown): string {
  const doc = new Document(value, { version: '1.2', aliasDuplicateObjects: false });
  visit(doc, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && AMBIGUOUS.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return doc.toString({ lineWidth: 0, indentSeq: true });
}
