import { cacheFolder } from '../cache-folder.ts';

/** Where the programs of the control plane are kept. */
export const CONTROL_PLANE: string = process.env.BP_CONTROL_PLANE ?? cacheFolder('control-plane');
