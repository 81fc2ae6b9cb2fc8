import { createRequire, registerHooks } from 'node:module';
import { ToolkitError } from '../../errors.ts';
import { type Digest, digestHex } from '../../internal/digest.ts';

/** What a bundle may import; it gets the host's own copy of each. The bundler leaves just these out. */
const SHARED = /^(?:@openova\/blueprints|cdk8s|cdk8s-plus-28|constructs)(?:\/|$)/;

// Addresses beside this file, so that Node finds the shared packages from there as it does from here. No file of that
// name exists: Node gets the very bytes that were verified, and nobody can change them on disk in between.
const BASE: string = new URL('./.bundles/', import.meta.url).href;
const sources = new Map<string, string>();
const require: NodeJS.Require = createRequire(import.meta.url);
let hooked = false;

/**
 * Runs a verified module and hands out its exports. Node never forgets a module: the same digest is run once in the
 * life of a process (and of each worker), and stays.
 * @throws ToolkitError `invalid` for what cannot be run: its syntax, an import that no bundle may have, a throw
 */
export function runModule(digest: Digest, name: string, code: string): Readonly<Record<string, unknown>> {
  hook();
  const url = new URL(`${digestHex(digest)}/${encodeURIComponent(name)}.mjs`, BASE).href;
  sources.set(url, code);
  try {
    return require(url) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkitError('invalid', `its module cannot be run: ${reason.slice(0, 500)}`, { cause });
  } finally {
    sources.delete(url);
  }
}

function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith(BASE)) return { url: specifier, format: 'module', shortCircuit: true };
      const parent = context.parentURL ?? '';
      if (parent.startsWith(BASE) && !SHARED.test(specifier))
        throw new Error(`it imports "${specifier.slice(0, 200)}", and a bundle may not`);
      return next(specifier, context);
    },
    load(url, context, next) {
      const source = sources.get(url);
      return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true };
    },
  });
}
