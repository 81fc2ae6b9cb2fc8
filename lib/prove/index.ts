export type { Fault, FaultRule } from './fault.ts';
export type { Proof, ProvenFault, ProveOptions } from './prove.ts';
export { DEFAULT_CASES, DEFAULT_SEED, proveBlueprint } from './prove.ts';
export { formatProof } from './report.ts';
