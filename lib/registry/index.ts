export type { RegistryAccess } from './access.ts';
export type { RegistryHook, RegistryOptions, RunningRegistry } from './registry.ts';
export { startRegistry } from './registry.ts';
