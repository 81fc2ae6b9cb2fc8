export type { BaseLock, LockedPackage } from './base-lock.ts';
export { BASE_LOCK } from './base-lock.ts';
export type { HostImage, ImageOptions } from './build-image.ts';
export { buildHostImage, imageBlobs } from './build-image.ts';
export type { GivenBase } from './given-base.ts';
export { pushHostImage, writeHostImage } from './push-image.ts';
