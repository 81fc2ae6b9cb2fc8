/** What the manifest is, for whoever asks by artifact type. */
export const BLUEPRINT_TYPE = 'application/vnd.openova.blueprint.v1+json';
/** Layer 0: what Flux extracts when nobody selects another layer. */
export const FLUX_CONTENT_TYPE = 'application/vnd.cncf.flux.content.v1.tar+gzip';
/** Layer 1: an ordinary image layer, found by its annotation. */
export const PACKAGE_LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
/** Layer 2: the compiled Blueprint. */
export const BUNDLE_LAYER_TYPE = 'application/vnd.openova.blueprint.bundle.v1.tar+gzip';

export const TITLE_ANNOTATION = 'org.opencontainers.image.title';
/** Annotation by which Crossplane finds the layer with `package.yaml`. */
export const XPKG_ANNOTATION = 'io.crossplane.xpkg';
