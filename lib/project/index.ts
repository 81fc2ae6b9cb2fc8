export type { Project, ProjectBlueprint } from './project.ts';
export { blueprintDirectories, findProjectRoot, loadProject, selectBlueprints } from './project.ts';
