/** Commander's parser of an option that may be given more than once: its values in the order given. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
