import type { Blueprint } from '../blueprint/define.ts';
import { formatPredicate } from '../model/predicate.ts';
import { satisfies } from '../model/versions.ts';
import type { Paint } from '../render/summary.ts';
import type { Project } from './project.ts';

/** One Blueprint that another builds on or composes. */
export interface CatalogueEdge {
  readonly blueprint: string;
  readonly alias: string;
  readonly version: string;
  readonly when?: string;
  /** `missing`: no Blueprint of that name here; `mismatch`: there is one, in a version outside the range. */
  readonly state: 'available' | 'missing' | 'mismatch';
}

/** One Blueprint of the index. */
export interface CatalogueRow {
  readonly name: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: Blueprint['scope'];
  readonly title: string;
  readonly summary: string;
  readonly path: string;
  readonly sizes: readonly string[];
  readonly placements: readonly string[];
  readonly depends: readonly CatalogueEdge[];
  readonly members: readonly CatalogueEdge[];
}

/** The index of a project's Blueprints, by name. */
export function catalogueRows(project: Project): readonly CatalogueRow[] {
  return [...project.blueprints.values()].map(({ blueprint, path }) => ({
    name: blueprint.name,
    version: blueprint.version,
    kind: blueprint.kind,
    plural: blueprint.plural,
    scope: blueprint.scope,
    title: blueprint.facts.card.title,
    summary: blueprint.facts.card.summary,
    path,
    sizes: [...blueprint.sizes.keys()],
    placements: [...blueprint.facts.placement.modes],
    depends: blueprint.depends.map((d) => edge(d, project)),
    members: blueprint.members.map((d) => edge(d, project)),
  }));
}

function edge(spec: Blueprint['depends'][number], project: Project): CatalogueEdge {
  const found = project.catalogue.get(spec.blueprint);
  const fits = found !== undefined && satisfies(found.version, spec.version);
  return {
    blueprint: spec.blueprint,
    alias: spec.alias,
    version: spec.version,
    ...(spec.when === undefined ? {} : { when: formatPredicate(spec.when) }),
    state: found === undefined ? 'missing' : fits ? 'available' : 'mismatch',
  };
}

/** The index as a table, with what each Blueprint builds on below it. */
export function formatCatalogue(rows: readonly CatalogueRow[], paint: Paint): string {
  if (rows.length === 0) return 'no Blueprints yet: bp new NAME starts one\n';
  const cells = rows.map((r) => [r.name, r.version, r.kind, r.scope, r.sizes.join(','), r.title]);
  const head = ['NAME', 'VERSION', 'KIND', 'SCOPE', 'SIZES', 'TITLE'];
  const widths = head.map((h, i) => Math.max(h.length, ...cells.map((c) => c[i]?.length ?? 0)));
  const line = (c: readonly string[]): string =>
    c.map((text, i) => (i === c.length - 1 ? text : text.padEnd(widths[i] ?? 0))).join('  ');
  const lines = [paint.bold(line(head))];
  for (const [i, row] of rows.entries()) {
    lines.push(line(cells[i] ?? []));
    if (row.depends.length > 0) lines.push(`  builds on ${edges(row.depends, paint)}`);
    if (row.members.length > 0) lines.push(`  composes  ${edges(row.members, paint)}`);
  }
  return `${lines.join('\n')}\n`;
}

function edges(list: readonly CatalogueEdge[], paint: Paint): string {
  const one = (e: CatalogueEdge): string => {
    const text = `${e.blueprint} ${e.version}`;
    return e.state === 'available' ? text : paint.waiting(`${text} (${e.state})`);
  };
  return list.map(one).join(', ');
}
