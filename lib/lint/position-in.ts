import { type Position, YamlPositions } from './locate.ts';

/** Where a path stands in a YAML or JSON text; nothing when the text cannot be read. */
export function positionIn(text: string, document: number, path: string): Position | undefined {
  try {
    return new YamlPositions(text).find(document, path);
  } catch {
    // A text that the YAML parser gives up on has a finding of its own.
    return undefined;
  }
}
