import { ToolkitError } from '../errors.ts';
import { type Digest, digestHex } from '../internal/digest.ts';
import { getPath, isObject, type Json, parseJson } from '../internal/json.ts';
import { MAX_LEGACY_PAYLOAD_BYTES } from './limits.ts';

const STATEMENT_V1 = 'https://in-toto.io/Statement/v1';
const STATEMENT_TYPES = new Set([STATEMENT_V1, 'https://in-toto.io/Statement/v0.1']);

/** What is said about an artifact: an in-toto predicate with its type. */
export interface Attestation {
  /** URI; `predicateTypeOf('spdxjson')` gives it for cosign's short names. */
  readonly predicateType: string;
  readonly predicate: Json;
  /**
   * What counts as the same attestation on a re-run: the same words, or the same type (for provenance, whose words
   * differ with every run while the artifact was built once). @default 'payload'
   */
  readonly sameBy?: 'payload' | 'type';
}

/** An in-toto statement as we read it. */
export interface Statement {
  readonly predicateType: string;
  readonly predicate: Json;
  /** sha256 of each subject, in hexadecimal. */
  readonly subjects: readonly string[];
}

/** The statement's bytes: the same artifact and predicate give the same bytes. */
export function formatStatement(artifact: Digest, predicateType: string, predicate: Json): Buffer {
  const subject = [{ digest: { sha256: digestHex(artifact) } }];
  return Buffer.from(JSON.stringify({ _type: STATEMENT_V1, subject, predicateType, predicate }));
}

/** @throws ToolkitError `invalid` for anything but an in-toto statement */
export function parseStatement(payload: Buffer): Statement {
  const value = parseJson(payload.toString('utf8'), 'the statement', { maxBytes: MAX_LEGACY_PAYLOAD_BYTES });
  const predicateType = getPath(value, ['predicateType']);
  const subject = getPath(value, ['subject']);
  if (!isObject(value) || typeof predicateType !== 'string' || !Array.isArray(subject)) {
    throw new ToolkitError('invalid', 'Cannot read the statement: it is not an in-toto statement');
  }
  if (typeof value._type !== 'string' || !STATEMENT_TYPES.has(value._type)) {
    throw new ToolkitError(
      'invalid',
      'Cannot read the statement: its _type is not in-toto Statement v0.1 or v1',
    );
  }
  const subjects = subject
    .map((s) => getPath(s, ['digest', 'sha256']))
    .filter((digest) => typeof digest === 'string');
  return { predicateType, predicate: value.predicate ?? null, subjects };
}
