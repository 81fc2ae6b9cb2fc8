import { ToolkitError } from '../errors.ts';

/** One version of a Helm chart in a repository, as Flux fetches it. */
export interface HelmChart {
  /** `https://…` for an index repository, `oci://…` for a registry (without the chart's name). */
  readonly repository: string;
  readonly chart: string;
  /** Exact version; ranges would make two renders differ. */
  readonly version: string;
  /** Version of the software that the chart installs, where it differs. */
  readonly appVersion?: string;
}

/**
 * Names an upstream chart.
 * @throws ToolkitError `invalid` for a repository that is neither https nor oci, or a version that is a range
 */
export function helmChart(props: HelmChart): HelmChart {
  if (!/^(https|oci):\/\/[^\s]+$/.test(props.repository)) {
    throw new ToolkitError(
      'invalid',
      `Cannot use chart repository "${props.repository}": it must be https:// or oci://`,
    );
  }
  if (!/^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(props.version)) {
    throw new ToolkitError(
      'invalid',
      `Cannot use version "${props.version}" of chart "${props.chart}": it must be exact`,
      {
        remedy: 'pin one released version, such as 1.4.2',
      },
    );
  }
  return { ...props, repository: props.repository.replace(/\/+$/, '') };
}

/** What a Blueprint installs: one chart, several by name, or nothing of its own. */
export type Upstream = HelmChart | Readonly<Record<string, HelmChart>> | undefined;

/** Every chart of an upstream, with the name it is declared under (`chart` for a single one). */
export function chartsOf(upstream: Upstream): readonly (readonly [string, HelmChart])[] {
  if (upstream === undefined) return [];
  if (isChart(upstream)) return [['chart', upstream]];
  return Object.entries(upstream);
}

function isChart(upstream: HelmChart | Readonly<Record<string, HelmChart>>): upstream is HelmChart {
  return typeof upstream.repository === 'string';
}
