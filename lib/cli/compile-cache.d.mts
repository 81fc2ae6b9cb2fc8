type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of this user's caches, or undefined where there is no home. */
export function userCacheFolder(env: Environment, platform?: NodeJS.Platform): string | undefined;

/** Lets Node keep what it compiles in the user's cache. Never fails. */
export function keepCompiledCode(env: Environment): void;
