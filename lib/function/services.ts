/** Both services carry the same bytes; v1beta1 serves Crossplane up to 1.16. */
export const RUN_FUNCTION_PATHS = [
  '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction',
  '/apiextensions.fn.proto.v1beta1.FunctionRunnerService/RunFunction',
] as const;
export const SERVICE_NAMES = [
  'apiextensions.fn.proto.v1.FunctionRunnerService',
  'apiextensions.fn.proto.v1beta1.FunctionRunnerService',
] as const;

/** Messages stay bytes: the codec reads and writes them where they are needed. */
export const passBytes = (bytes: Buffer): Buffer => bytes;
