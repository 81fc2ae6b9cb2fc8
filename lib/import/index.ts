/** Typed constructs and structural schemas from CRDs: what `bp import` does, and how the kinds that we ship are made. */
export type { EmitStyle } from './emit.ts';
export { coreNames, emitDoor } from './emit.ts';
export { foldCore, referencedDefinitions } from './fold-core.ts';
export { formatJson } from './format-json.ts';
export type { DefinitionsFile, KindFile, Origin, Schema } from './kind-file.ts';
export { apiVersionOf, pathOf } from './kind-file.ts';
export type { LockedKind, LockedSource } from './lock.ts';
export { LOCK_FILE } from './lock.ts';
export { quote } from './names.ts';
export type { ImportedSource } from './plan.ts';
export { pathsOf, planKinds } from './plan.ts';
export { pruneDefinition, pruneSchema, withoutStatus } from './prune.ts';
export type { ImportPorts } from './read-source.ts';
export { isRemote, readSource } from './read-source.ts';
export { readLock, recorded, useImportedKinds } from './repository.ts';
