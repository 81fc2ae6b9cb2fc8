/** Typed constructs and structural schemas from CRDs: what `bp import` does, and how the kinds that we ship are made. */
export type { EmitStyle } from './emit.ts';
export { coreNames, emitDoor } from './emit.ts';
export { foldCore, referencedDefinitions } from './fold-core.ts';
export { formatJson } from './format-json.ts';
export type { DefinitionsFile, KindFile, Origin, Schema } from './kind-file.ts';
export { apiVersionOf, pathOf } from './kind-file.ts';
export { quote } from './names.ts';
export { pruneDefinition, pruneSchema, withoutStatus } from './prune.ts';
