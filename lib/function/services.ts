import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

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

/** A gRPC method over raw bytes. */
export function rawMethod(path: string, responseStream = false): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream,
    requestSerialize: passBytes,
    requestDeserialize: passBytes,
    responseSerialize: passBytes,
    responseDeserialize: passBytes,
  };
}

/** The service definition of one version of `FunctionRunnerService`. */
export function runFunctionService(path: (typeof RUN_FUNCTION_PATHS)[number]): ServiceDefinition {
  return { runFunction: rawMethod(path) };
}
