export type { Artifact, ArtifactFacts, ArtifactLayers } from './artifact.ts';
export { artifactBlobs, assembleArtifact, subjectOf } from './artifact.ts';
export type { Architecture, ImageFacts, ImageLayer, ImageRuntime, PlatformImage } from './image.ts';
export { assembleImage, assembleImageIndex } from './image.ts';
export type { Layer } from './layer.ts';
export { bundleLayer, imageLayer, manifestsLayer, packageLayer } from './layer.ts';
export {
  BLUEPRINT_TYPE,
  BUNDLE_LAYER_TYPE,
  FLUX_CONTENT_TYPE,
  PACKAGE_LAYER_TYPE,
  TITLE_ANNOTATION,
  XPKG_ANNOTATION,
} from './media-types.ts';
