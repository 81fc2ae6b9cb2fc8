import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** Each Node process has them before it runs anything, and calls ask for them often. */
const ALWAYS_THERE: ReadonlySet<string> = new Set(['buffer', 'perf_hooks', 'process']);

/**
 * Begins each file of a bundle. `late__` makes what stands for a module until something of it is asked for: an `import` gets
 * it as a prototype, so that each member is asked for where it is used and nothing has to know their names; compiled modules
 * take it as it is, because it calls itself one. Of synchronous child processes even a member is taken late: cdk8s takes one
 * as it starts. CommonJS modules that were compiled in ask for Node's own modules by `require`.
 */
export const BANNER: string = `import{createRequire as createRequire__}from'node:module';
const require=createRequire__(import.meta.url),require__=require;
const late__=(load)=>{
let loaded;
const real=()=>loaded??=load();
const own=new Proxy({},{
get(_,name){
if(name==='__esModule')return true;
if(name==='default')return real().default??own;
return loaded===undefined&&(name==='spawnSync'||name==='execFileSync')?(...args)=>real()[name](...args):real()[name]},
set:(_,name,value)=>Reflect.set(real(),name,value),
has:(_,name)=>name in real(),
getPrototypeOf:()=>own});
return own};
`;

/** Source of a CommonJS module that evaluates an expression when one of its members is asked for. */
export function loadedLate(expression: string): string {
  return `module.exports = late__(() => ${expression});`;
}

/**
 * Node's own modules, loaded when something of them is asked for. An `import` of one would load all that its getters stand
 * for as well: streams and readline for node:process, a whole HTTP client for node:http. Packages that `require` them do
 * so when they run, but for those of `inside`, which take at their start what they hardly ever use.
 */
export function nodeModulesLate(inside: RegExp): Plugin {
  return {
    name: 'node-modules-late',
    setup(build) {
      const root = build.initialOptions.absWorkingDir ?? '';
      build.onResolve({ filter: /^[a-z]/ }, ({ path, kind, importer }) => {
        if (!isBuiltin(path) || (kind !== 'import-statement' && kind !== 'require-call')) return undefined;
        if (kind === 'require-call' && !inside.test(importer)) return { path, external: true };
        // One for each importer, beside which it lies in the bundle: else each would be a file of its own.
        const suffix = `?${relative(root, importer).replaceAll('\\', '/')}`;
        return { path: path.replace(/^node:/, ''), namespace: 'node', suffix };
      });
      build.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => {
        const real = `process.getBuiltinModule(${JSON.stringify(path)})`;
        const callable = typeof process.getBuiltinModule(path) === 'function'; // as node:events is
        return {
          contents: callable || ALWAYS_THERE.has(path) ? `module.exports = ${real};` : loadedLate(real),
        };
      });
    },
  };
}
