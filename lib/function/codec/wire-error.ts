import { ToolkitError, type ToolkitErrorCode } from '../../errors.ts';

/**
 * The bytes of a peer are at fault, not the Blueprint that happened to read them: the host answers
 * `INVALID_ARGUMENT` (`RESOURCE_EXHAUSTED` for code `limit`) instead of a FATAL result.
 */
export class WireError extends ToolkitError {
  constructor(code: Extract<ToolkitErrorCode, 'invalid' | 'limit'>, state: string) {
    super(code, `Cannot decode the message: ${state}`);
  }
}
