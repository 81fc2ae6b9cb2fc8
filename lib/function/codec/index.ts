export type {
  RequestData,
  RequirementsData,
  ResourceData,
  ResponseData,
  ResultData,
  StateData,
} from './data.ts';
export { decodeResponse } from './decode-response.ts';
export { encodeRequest } from './encode-request.ts';
export { type EncodeResponseOptions, encodeResponse } from './encode-response.ts';
export { type CodecLimits, DEFAULT_LIMITS } from './limits.ts';
export { decodeRequest } from './request-view.ts';
export { WireError } from './wire-error.ts';
