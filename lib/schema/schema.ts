import type { JsonObject } from '../internal/json.ts';

declare const RESOLVED: unique symbol;
declare const INPUT: unique symbol;

/**
 * The JSON Schema of a Blueprint's config together with its two TypeScript types.
 * Generated into `config.ts`; `defineBlueprint({ config })` infers everything else from it.
 */
export interface Schema<Config, ConfigInput = Config> {
  /** The schema as its author wrote it (`config.schema.json`). */
  readonly json: JsonObject;
  /** Type only, never set: the config as `compose` sees it, defaults applied. */
  readonly [RESOLVED]?: Config;
  /** Type only, never set: the config as a user writes it. */
  readonly [INPUT]?: ConfigInput;
}

/** The config as `compose` sees it: every property with a default is there. */
export type ConfigOf<S> = S extends Schema<infer C, infer _I> ? C : never;
/** The config as a user writes it under `spec.config`. */
export type ConfigInputOf<S> = S extends Schema<infer _C, infer I> ? I : never;

/**
 * Holds a config schema with its types. Does no work: the schema is checked when it is used
 * (`loadConfigSchema`, `bp generate`), so that importing a Blueprint costs nothing.
 */
export function schema<Config, ConfigInput = Config>(json: JsonObject): Schema<Config, ConfigInput> {
  return Object.freeze({ json });
}
