// The function package's entrypoint: serves every Blueprint of this repository, and the resource functions beside it.
import { runHost } from '@openova/blueprints';
import { carried } from './carried.ts';

process.exitCode = await runHost(carried, process.argv.slice(2));
