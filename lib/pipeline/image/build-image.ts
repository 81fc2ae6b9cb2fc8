import { HOST_PACKAGE } from '../../generate/coordinates.ts';
import type { PushItem } from '../../oci/index.ts';
import type { Project } from '../../project/index.ts';
import {
  type Architecture,
  assembleImage,
  assembleImageIndex,
  type ImageFacts,
  type ImageLayer,
  imageLayer,
  type PlatformImage,
  packageLayer,
} from '../../xpkg/index.ts';
import { baseLayer } from './base-layer.ts';
import type { FetchOptions } from './debian.ts';
import { functionPackage } from './function-package.ts';
import { type GivenBase, givenLayers } from './given-base.ts';
import { bundleHost } from './host-bundle.ts';
import { NODE_PATH, nodeLayer } from './node-layer.ts';

export interface ImageOptions extends FetchOptions {
  /** Semantic version: the tag. */
  readonly version: string;
  /** @default amd64 and arm64 */
  readonly architectures?: readonly Architecture[];
  /** Another base than Debian's packages. */
  readonly base?: GivenBase;
  /** Seconds since 1970: SOURCE_DATE_EPOCH. @default 0 */
  readonly created?: number;
  /** Told what is being done. */
  readonly onStep?: (step: string) => void;
}

/** `function-blueprints:<version>`, built. */
export interface HostImage {
  readonly version: string;
  readonly index: PushItem;
  readonly images: readonly PlatformImage[];
}

const ALL: readonly Architecture[] = ['amd64', 'arm64'];
const APP = 'app';

/**
 * Builds the function host's image with every Blueprint of the project, without a container engine: base, Node, the
 * host, and the layer in which Crossplane finds `package.yaml`. The same source gives the same digest.
 * @throws ToolkitError `unsupported` where Debian's packages cannot be had, `network`, `integrity`, `invalid`
 */
export async function buildHostImage(project: Project, options: ImageOptions): Promise<HostImage> {
  const { version, architectures = ALL, onStep = () => undefined } = options;
  onStep('bundling the host');
  const files = await bundleHost(project);
  const app = imageLayer(files.map((file) => ({ ...file, path: `${APP}/${file.path}` })));
  const xpkg = packageLayer(functionPackage(project));
  const facts = factsOf(version, options.created ?? 0);
  const images: PlatformImage[] = [];
  for (const architecture of architectures) {
    const layers: readonly ImageLayer[] = [
      ...(await below(architecture, options, onStep)),
      await nodeStep(architecture, options, onStep),
      app,
      xpkg,
    ];
    images.push(assembleImage(architecture, layers, facts));
  }
  return { version, index: assembleImageIndex(images, facts.annotations), images };
}

async function below(
  architecture: Architecture,
  options: ImageOptions,
  onStep: (step: string) => void,
): Promise<readonly ImageLayer[]> {
  const { base } = options;
  onStep(`${architecture}: ${base === undefined ? 'base from Debian’s packages' : `base ${base.reference}`}`);
  if (base === undefined) return [await baseLayer(architecture, options)];
  return givenLayers(base, architecture, options.signal === undefined ? {} : { signal: options.signal });
}

function nodeStep(
  architecture: Architecture,
  options: ImageOptions,
  onStep: (step: string) => void,
): Promise<ImageLayer> {
  onStep(`${architecture}: Node`);
  return nodeLayer(architecture, options);
}

/** Blobs that a registry or a layout must have before the manifests, each once. */
export function imageBlobs(image: HostImage): readonly PushItem[] {
  const all = image.images.flatMap(({ config, layers }) => [config, ...layers]);
  return [...new Map(all.map((item) => [item.descriptor.digest, item])).values()];
}

function factsOf(version: string, seconds: number): ImageFacts {
  const created = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  return {
    created,
    annotations: {
      'org.opencontainers.image.created': created,
      'org.opencontainers.image.description': 'Serves every Catalyst Blueprint from one pod',
      'org.opencontainers.image.title': HOST_PACKAGE,
      'org.opencontainers.image.version': version,
    },
    runtime: {
      // Crossplane gives no arguments; render gives `--insecure`, which is added here.
      entrypoint: [NODE_PATH, `/${APP}/main.mjs`],
      user: '2000:2000',
      env: {
        PATH: '/usr/bin',
        NODE_ENV: 'production',
        SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
        BP_CACHE_DIR: '/var/cache/blueprints',
        MALLOC_ARENA_MAX: '1', // glibc keeps what each thread freed for itself: 7 MiB under load, and no faster
      },
      ports: ['9443/tcp', '8080/tcp'],
      workingDir: '/',
    },
  };
}
