// A thread of the host, where the toolkit runs from bundles. Plain JavaScript, so that Node need not load what strips types
// before it knows where compiled code is kept: each thread asks for that itself.
import { workerData } from 'node:worker_threads';
import { keepCompiledCode } from '../compile-cache.mjs';

keepCompiledCode(process.env);
const extension = workerData.module.endsWith('.ts') ? 'ts' : 'js';
const { composeFromBundle } = await import(`./compose-from-bundle.${extension}`);
await composeFromBundle();
