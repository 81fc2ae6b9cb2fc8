/**
 * The base of the typed kinds and the table of them. The constructs have a door per project, so that a Blueprint
 * loads only what it uses: `kinds/flux`, `kinds/external-secrets`, `kinds/cert-manager`, `kinds/core` and so on.
 */
export type { KindInfo, ReadSchemaFile } from './registry.ts';
export { findKind, listKinds, loadDefinition, loadSchema } from './registry.ts';
export type { ApiResourceProps } from './resource.ts';
export { ApiResource } from './resource.ts';
export type { EmptyObject, ObjectMeta, OpenObject, OpenValue, OwnerReference } from './types.ts';
