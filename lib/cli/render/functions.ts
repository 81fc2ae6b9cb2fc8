import { ToolkitError } from '../../errors.ts';
import type { JsonObject } from '../../internal/json.ts';
import { addressFunction, type PipelineFunction } from '../../render/function.ts';
import { annotationOf, kindOf, listAt, nameOf, textAt } from '../../render/objects.ts';

const RUNTIME = 'render.crossplane.io/runtime';
const TARGET = 'render.crossplane.io/runtime-development-target';
const DEFAULT_TARGET = 'localhost:9443';

export interface PipelineFunctions {
  readonly functions: ReadonlyMap<string, PipelineFunction>;
  close(): void;
}

/** The functions that a Composition's steps name. */
export function pipelineNames(composition: JsonObject): ReadonlySet<string> {
  return new Set(listAt(composition, 'spec', 'pipeline').map((step) => textAt(step, 'functionRef', 'name')));
}

/**
 * The functions that a Composition's pipeline names: those that were started here, then by address where the Function is
 * annotated so, else ours in process. @throws ToolkitError `unsupported` for a Function that would need a container engine
 */
export async function pipelineFunctions(
  composition: JsonObject,
  given: readonly JsonObject[],
  annotations: ReadonlyMap<string, string>,
  ours: ReadonlyMap<string, PipelineFunction>,
  started: ReadonlyMap<string, string>,
): Promise<PipelineFunctions> {
  const byName = new Map(given.filter((f) => kindOf(f) === 'Function').map((f) => [nameOf(f), f]));
  const functions = new Map<string, PipelineFunction>();
  const clients: { close(): void }[] = [];
  for (const name of pipelineNames(composition)) {
    const object = byName.get(name);
    const read = (key: string): string => annotations.get(key) ?? (object ? annotationOf(object, key) : '');
    const own = ours.get(name);
    const target =
      started.get(name) ?? (read(RUNTIME) === 'Development' ? read(TARGET) || DEFAULT_TARGET : '');
    if (target !== '' && (object !== undefined || started.has(name))) {
      const { connectFunction } = await import('../../function/client.ts');
      const client = connectFunction(target, { insecure: true });
      clients.push(client);
      functions.set(name, addressFunction(client));
    } else if (own !== undefined) functions.set(name, own);
    else if (object !== undefined) throw needsContainer(name);
  }
  return {
    functions,
    close: () => {
      for (const client of clients) client.close();
    },
  };
}

function needsContainer(name: string): ToolkitError {
  return new ToolkitError('unsupported', `Cannot run function "${name}": it would need a container engine`, {
    remedy: `let it be started with --function ${name}=COMMAND, or start it with --insecure and annotate its Function with ${RUNTIME}: Development and ${TARGET}: HOST:PORT`,
  });
}
