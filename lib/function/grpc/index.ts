export type { GrpcServerOptions, Method } from './server.ts';
export { GrpcServer } from './server.ts';
export type { CallHandler, ServerCall } from './server-call.ts';
export { unary } from './server-call.ts';
export { STATUS, type StatusName } from './status.ts';
