import { compareBytes } from '../internal/json.ts';

/** `repository:<name>:pull` or `…:pull,push`. */
export function repositoryScope(repository: string, access: 'pull' | 'push'): string {
  return `repository:${repository}:${access === 'push' ? 'pull,push' : 'pull'}`;
}

/** Unites scopes of the same resource. Those that push stand first, since some registries read only the first. */
export function mergeScopes(...lists: readonly (readonly string[])[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of lists.flat()) {
    const cut = scope.lastIndexOf(':');
    if (cut < 1) continue;
    const known = actions.get(scope.slice(0, cut)) ?? new Set<string>();
    for (const action of scope.slice(cut + 1).split(',')) if (action !== '') known.add(action);
    actions.set(scope.slice(0, cut), known);
  }
  return [...actions]
    .map(([resource, set]) => ({
      text: `${resource}:${[...set].sort(compareBytes).join(',')}`,
      push: set.has('push'),
    }))
    .sort((a, b) => Number(b.push) - Number(a.push) || compareBytes(a.text, b.text))
    .map((s) => s.text);
}
