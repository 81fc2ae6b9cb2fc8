export { RequestCapture } from './capture.ts';
export { withoutSecrets } from './redact.ts';
