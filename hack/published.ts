/** package.json as this repository has it: `exports` and `bin` name sources. */
export interface SourceManifest {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
}

const DEVELOPMENT_FIELDS: ReadonlySet<string> = new Set(['scripts', 'devDependencies', 'allowScripts']);

const inDist = (path: string): string => path.replace(/^\.\//, './dist/');

function publishedDoor(target: string): string | { types: string; default: string } {
  if (!target.endsWith('.ts')) return target;
  const stem = inDist(target).slice(0, -'.ts'.length);
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}

function mapValues<T>(record: Readonly<Record<string, string>>, to: (value: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}

/**
 * In the repository `exports` names the sources, which Node runs as they are; under node_modules Node does not
 * strip types, so a published package names what tsc made of them in dist/. Other fields pass through, except
 * those that only mean something here.
 */
export function toPublished(manifest: SourceManifest): Record<string, unknown> {
  const kept = Object.entries(manifest).filter(([field]) => !DEVELOPMENT_FIELDS.has(field));
  return {
    ...Object.fromEntries(kept),
    exports: mapValues(manifest.exports, publishedDoor),
    bin: mapValues(manifest.bin, inDist),
  };
}

/** dist/package.json: what compiled code reads where the source reads ../package.json. */
export function toDistManifest({ name, version, type, engines }: SourceManifest): object {
  return { name, version, type, engines };
}
