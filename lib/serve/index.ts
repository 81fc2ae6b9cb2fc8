export type { BlueprintRouterOptions } from './blueprint-router.ts';
export { blueprintRouter } from './blueprint-router.ts';
