export { cycloneDxPredicate } from './cyclonedx.ts';
export type {
  ArtifactDescription,
  DescribedChart,
  DescribedFile,
  DescribedImage,
  DescribedPackage,
} from './description.ts';
export { describeFile } from './description.ts';
export type { BuildDescription } from './slsa.ts';
export { BUILD_TYPE, slsaPredicate } from './slsa.ts';
export { spdxPredicate } from './spdx.ts';
