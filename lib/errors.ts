/** What went wrong, for programs. The sentence for people is the error's message. */
export type ToolkitErrorCode =
  | 'usage' // the caller's words: a flag, an argument, an option
  | 'invalid' // a document or value that breaks its rules (XR, config, manifest, YAML)
  | 'schema' // a schema that cannot be used (not structural, pattern outside RE2, recursive $ref)
  | 'not-found' // a Blueprint, file, tag or object that does not exist
  | 'conflict' // would overwrite something else (a published version, a tag, a file)
  | 'limit' // a bound on size, depth, count or time was reached
  | 'integrity' // bytes do not match their digest
  | 'registry' // an OCI registry answered something it should not, or refused
  | 'auth' // credentials missing or refused
  | 'network' // could not be reached
  | 'signature' // a signature or attestation that is missing or does not verify
  | 'trust' // a trust policy or trusted root that is missing or unusable
  | 'compose' // a Blueprint's own code failed
  | 'unsupported' // understood, but not possible here
  | 'internal'; // a defect of the toolkit

export interface ToolkitErrorOptions extends ErrorOptions {
  /** The way out, as one sentence without a final period; printed behind `hint:`. */
  readonly remedy?: string;
  /** Where: a file with line and column, or a path inside a document (`spec.config.replicas`). */
  readonly place?: string;
}

/**
 * Every error that the toolkit raises on purpose.
 * The message is one sentence, action, quoted thing, state, no final period:
 * `Cannot push "ghcr.io/acme/bp-a:1.2.0": registry answered 403 DENIED`.
 */
export class ToolkitError extends Error {
  override readonly name = 'ToolkitError';
  readonly code: ToolkitErrorCode;
  readonly remedy: string | undefined;
  readonly place: string | undefined;

  constructor(code: ToolkitErrorCode, message: string, options: ToolkitErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.remedy = options.remedy;
    this.place = options.place;
  }
}

/** Looks at the name, because two copies of a package break `instanceof`. */
export function isToolkitError(value: unknown): value is ToolkitError {
  return value instanceof Error && value.name === 'ToolkitError' && 'code' in value;
}

/** One finding of a validator: all findings are reported at once, each with its path. */
export interface Issue {
  /** Path inside the document: `spec.config.database.mode`, `$.properties.name.pattern`. */
  readonly path: string;
  /** What is wrong, without a final period. */
  readonly message: string;
  /** The way out, if one can be named. */
  readonly remedy?: string;
}

/** `path: message (remedy)` lines, in the order given. */
export function formatIssues(issues: readonly Issue[]): string {
  return issues
    .map((i) => `${i.path}: ${i.message}${i.remedy === undefined ? '' : ` (${i.remedy})`}`)
    .join('\n');
}
