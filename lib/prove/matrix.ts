import { MAX_REGIONS } from '../blueprint/check-definition.ts';
import type { Blueprint } from '../blueprint/define.ts';
import type { JsonObject } from '../internal/json.ts';

/** One size in one placement. */
export interface Cell {
  readonly size: string;
  /** `spec.placement`; undefined: the XR says nothing of it. */
  readonly placement: JsonObject | undefined;
}

// The first is what a compose function takes for its own region where the cluster says nothing (domain B7).
const REGIONS = [
  'hz-fsn-rtz-prod',
  'hz-nbg-rtz-prod',
  'hz-hel-rtz-prod',
  'hz-ash-rtz-prod',
  'hz-hil-rtz-prod',
];

/** Every size in every placement: each mode without regions, with as few as it takes, and with as many. */
export function matrixOf(blueprint: Blueprint): readonly Cell[] {
  const placements = [
    undefined,
    ...blueprint.facts.placement.modes.flatMap((mode) => placementsOf(blueprint, mode)),
  ];
  return [...blueprint.sizes.keys()].flatMap((size) => placements.map((placement) => ({ size, placement })));
}

function placementsOf({ facts }: Blueprint, mode: string): readonly JsonObject[] {
  const { minRegions, maxRegions } = facts.placement;
  const here = REGIONS[0] ?? '';
  if (mode === 'single-region')
    return [{ mode }, { mode, regions: [here] }, { mode, regions: [REGIONS[1] ?? ''] }];
  const least = Math.max(minRegions ?? 1, 2);
  const most = Math.max(least, Math.min(maxRegions ?? REGIONS.length, MAX_REGIONS, REGIONS.length));
  const few = regions(least);
  const lists = [few, [...few.slice(1), here], ...(most > least ? [regions(most)] : [])];
  return [{ mode }, ...lists.map((list) => ({ mode, regions: list }))];
}

function regions(count: number): readonly string[] {
  const more = Array.from({ length: Math.max(0, count - REGIONS.length) }, (_, i) => {
    return `hz-${String.fromCharCode(97 + (i % 26)).repeat(3)}-rtz-prod`;
  });
  return [...REGIONS, ...more].slice(0, count);
}
