import type { JsonObject } from '../internal/json.ts';
import type { Finding, Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** Findings as a SARIF 2.1.0 log, as code scanning reads it. `version` is that of the toolkit. */
export function toSarif(findings: readonly Finding[], version: string): JsonObject {
  const index = new Map(RULES.map((rule, i) => [rule.id, i]));
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'bp', semanticVersion: version, rules: RULES.map(descriptor) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => result(finding, index.get(finding.rule))),
      },
    ],
  };
}

function descriptor(rule: Rule): JsonObject {
  return {
    id: rule.id,
    shortDescription: { text: rule.summary },
    fullDescription: { text: rule.why },
    help: { text: rule.fix },
    defaultConfiguration: { level: rule.severity },
    properties: { tags: [rule.tag, ...(rule.hard === undefined ? [] : [`hard-rule-${rule.hard}`])] },
  };
}

function result(finding: Finding, ruleIndex: number | undefined): JsonObject {
  const { rule, severity, file, path, line, column } = finding;
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: severity,
    message: { text: sentence(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(fileOf(file)) },
          ...(line === undefined
            ? {}
            : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }),
        },
        ...(path === '.' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  };
}

/** `xr.yaml#2`, `xr.yaml items[3]` → the file alone. */
export function fileOf(place: string): string {
  return place.replace(/( items\[\d+\])?$/, '').replace(/#\d+$/, '');
}

/** The finding as one sentence, with the path and the way out. */
export function sentence({ path, message, remedy }: Finding): string {
  const way = remedy === undefined ? '' : ` (${remedy})`;
  return `${path === '.' ? '' : `${path}: `}${message}${way}`;
}
