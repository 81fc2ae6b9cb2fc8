export { readArtifact } from './artifact.ts';
export type { Area, Bump, Change } from './change.ts';
export type { BlueprintDiff, DiffOptions } from './diff.ts';
export { DEFAULT_DIFF_CASES, diffBlueprints } from './diff.ts';
export type { BlueprintFacts } from './facts.ts';
export { formatDiff, formatDiffMarkdown } from './report.ts';
export type { ArtifactSide, Side, SourceSide } from './side.ts';
export { sourceSide } from './side.ts';
export type { Verdict } from './verdict.ts';
