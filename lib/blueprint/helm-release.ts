import type { Construct } from 'constructs';
import { ToolkitError } from '../errors.ts';
import {
  HelmRelease as FluxHelmRelease,
  type HelmReleaseSpec,
  HelmRepository,
  OCIRepository,
} from '../kinds/flux.ts';
import type { OpenObject } from '../kinds/types.ts';
import { scopeFacts } from './scope-facts.ts';
import type { HelmChart } from './upstream.ts';

const MAX_RELEASE_NAME = 53; // Helm's own limit
const SOURCE_INTERVAL = '1h'; // versions are pinned, so an index is only read again for a new pin

export interface HelmReleaseProps {
  readonly chart: HelmChart;
  /** Chart values. A credential never stands here: name its Secret, or use `valuesFrom`. */
  readonly values?: OpenObject;
  /** Values that Flux reads from Secrets and ConfigMaps. */
  readonly valuesFrom?: NonNullable<HelmReleaseSpec['valuesFrom']>;
  /** Name of the Helm release. @default the name of the XR */
  readonly releaseName?: string;
  /** How often Flux looks for drift. @default 10m */
  readonly interval?: string;
  /** How long one install or upgrade may take. @default 10m */
  readonly timeout?: string;
  /** What becomes of the CRDs in the chart's `crds/` folder. @default CreateReplace */
  readonly crds?: 'Skip' | 'Create' | 'CreateReplace';
  /** Anything else of Flux's HelmRelease spec; wins over the above. */
  readonly spec?: Partial<HelmReleaseSpec>;
}

/**
 * A chart, installed and kept by Flux: the release, and beside it `<id>-source`
 * (a HelmRepository for https, an OCIRepository pinned to the version for oci).
 * Failed installs and upgrades are tried three times (domain B4, B9).
 */
export class HelmRelease extends FluxHelmRelease {
  constructor(scope: Construct, id: string, props: HelmReleaseProps) {
    const releaseName = props.releaseName ?? scopeFacts(scope).application;
    if (releaseName.length > MAX_RELEASE_NAME) {
      throw new ToolkitError(
        'limit',
        `Cannot install release "${releaseName}": Helm allows ${MAX_RELEASE_NAME} characters`,
        {
          remedy: 'shorten the name of the XR, or set releaseName',
        },
      );
    }
    const source = chartSource(scope, `${id}-source`, props.chart);
    const remediation = { retries: 3 };
    const crds = props.crds ?? 'CreateReplace';
    super(scope, id, {
      spec: {
        interval: props.interval ?? '10m',
        timeout: props.timeout ?? '10m',
        releaseName,
        ...chartFields(props.chart, source),
        install: { crds, remediation },
        upgrade: { crds, remediation },
        ...(props.values === undefined ? {} : { values: props.values }),
        ...(props.valuesFrom === undefined ? {} : { valuesFrom: props.valuesFrom }),
        ...props.spec,
      },
    });
    // A source that Flux has not fetched yet is no reason to hold the release back: it retries by itself.
  }
}

type Source = HelmRepository | OCIRepository;

function isOci(chart: HelmChart): boolean {
  return chart.repository.startsWith('oci://');
}

function chartSource(scope: Construct, id: string, chart: HelmChart): Source {
  if (!isOci(chart)) {
    return new HelmRepository(scope, id, { spec: { interval: SOURCE_INTERVAL, url: chart.repository } });
  }
  return new OCIRepository(scope, id, {
    spec: {
      interval: SOURCE_INTERVAL,
      url: `${chart.repository}/${chart.chart}`,
      ref: { tag: chart.version },
      layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
    },
  });
}

function chartFields(chart: HelmChart, source: Source): Pick<HelmReleaseSpec, 'chart' | 'chartRef'> {
  if (isOci(chart)) return { chartRef: { kind: 'OCIRepository', name: source.name } };
  const sourceRef = { kind: 'HelmRepository', name: source.name } as const;
  return { chart: { spec: { chart: chart.chart, version: chart.version, sourceRef } } };
}
