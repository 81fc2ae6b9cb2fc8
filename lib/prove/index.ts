export type { Fault, FaultRule } from './fault.ts';
export type { Proof, ProvenFault, ProveOptions, Share, ShareOutcome, ShareRunner } from './prove.ts';
export { DEFAULT_CASES, DEFAULT_SEED, proveBlueprint, proveShare } from './prove.ts';
export { formatProof } from './report.ts';
