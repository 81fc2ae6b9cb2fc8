import { chartsOf } from '../../blueprint/upstream.ts';
import { isObject, type JsonObject } from '../../internal/json.ts';
import { kindOf, textAt } from '../../render/objects.ts';
import { about, composed, containersOf, podOf, walk } from '../objects.ts';
import type { Found, LintInput, LintRule } from '../rule.ts';

/** `latest`, no tag, or a tag that moves. */
export function imageProblem(image: string): string | undefined {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return undefined;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag === undefined) return `image "${image}" has no tag`;
  return movingTag(tag) ? `image "${image}" has a tag that moves` : undefined;
}

function movingTag(tag: string): boolean {
  return /^(latest|stable|edge|main|master|nightly|dev|canary)$/i.test(tag);
}

const REMEDY = 'name one release, such as :1.4.2, or a digest';

export const imagePinned: LintRule = {
  id: 'image-pinned',
  hard: 1,
  tag: 'static',
  severity: 'error',
  summary: 'every image and chart is pinned to one release',
  why: 'A tag that moves makes two installs of one version differ, and a rollback roll back to something else.',
  fix: 'Write the tag of a release, or a digest, wherever an image is named; versions of charts exact.',
  example: { wrong: "image: 'ghcr.io/acme/shop:latest'", right: "image: 'ghcr.io/acme/shop:1.4.2'" },
  *check(input) {
    for (const [object] of composed(input)) {
      yield* podImages(object);
      if (kindOf(object) === 'HelmRelease') yield* valuesImages(object);
      if (kindOf(object) === 'OCIRepository') yield* sourceTag(object);
      const imageName = textAt(object, 'spec', 'imageName'); // CloudNativePG
      const problem = imageName === '' ? undefined : imageProblem(imageName);
      if (problem !== undefined) yield about(object, 'spec.imageName', problem, REMEDY);
    }
  },
};

function* podImages(object: JsonObject): Generator<Found> {
  const pod = podOf(object);
  for (const [path, container] of pod === undefined ? [] : containersOf(pod)) {
    const problem = imageProblem(textAt(container, 'image'));
    if (problem !== undefined) yield about(object, `${path}.image`, problem, REMEDY);
  }
}

/** In values an image is one string, or an object with `repository` and `tag`, whose absence means the chart's own. */
function* valuesImages(object: JsonObject): Generator<Found> {
  for (const { path, key, value } of walk({ spec: object.spec ?? null })) {
    if (!path.startsWith('spec.values.')) continue;
    if (isObject(value) && typeof value.tag === 'string' && movingTag(value.tag)) {
      yield about(object, `${path}.tag`, `tag "${value.tag}" moves`, REMEDY);
    }
    if (/^image$/i.test(key) && typeof value === 'string' && value.includes('/')) {
      const problem = imageProblem(value);
      if (problem !== undefined) yield about(object, path, problem, REMEDY);
    }
  }
}

function* sourceTag(object: JsonObject): Generator<Found> {
  const tag = textAt(object, 'spec', 'ref', 'tag');
  const exact = tag !== '' || textAt(object, 'spec', 'ref', 'digest') !== '';
  if (!exact || movingTag(tag)) {
    yield about(object, 'spec.ref', 'does not name one release', 'set spec.ref.tag or spec.ref.digest');
  }
}

// Business Source and kin: what may not be run as a service for others.
const NOT_FREE = /\b(BUSL|BSL-1\.1|SSPL|Elastic-2\.0|Business Source|Confluent Community|RSAL)/i;
const NOT_FREE_SOFTWARE: ReadonlyMap<string, string> = new Map([
  ['vault', 'OpenBao'],
  ['consul', 'Cilium'],
  ['nomad', 'Kubernetes'],
  ['terraform', 'OpenTofu'],
  ['cockroachdb', 'CloudNativePG'],
  ['redpanda', 'Strimzi'],
  ['redis-stack', 'Valkey'],
]);

export const freeLicence: LintRule = {
  id: 'free-licence',
  hard: 21,
  tag: 'static',
  severity: 'error',
  summary: 'nothing under a Business Source or like licence',
  why: 'Such a licence forbids offering the software as a service, which is what a platform does.',
  fix: 'Package the free fork or another project, and state the SPDX licence in the card.',
  example: { wrong: "card: { license: 'BUSL-1.1', … }", right: "card: { license: 'MPL-2.0', … } // OpenBao" },
  *check({ blueprint, ...rest }: LintInput) {
    const { license } = blueprint.facts.card;
    if (license !== undefined && NOT_FREE.test(license)) {
      yield { path: 'card.license', message: `"${license}" does not allow to offer it as a service` };
    }
    for (const [name, chart] of chartsOf(blueprint.upstream)) {
      const instead = NOT_FREE_SOFTWARE.get(chart.chart);
      if (instead === undefined) continue;
      const message = `chart "${chart.chart}" installs software under a Business Source or like licence`;
      yield { path: `upstream.${name}`, message, remedy: `package ${instead}` };
    }
    for (const [object] of composed(rest)) {
      const pod = podOf(object);
      for (const [path, container] of pod === undefined ? [] : containersOf(pod)) {
        const software = /([^/:@]+)(?:[:@][^/]*)?$/.exec(textAt(container, 'image'))?.[1] ?? '';
        const instead = NOT_FREE_SOFTWARE.get(software);
        if (instead !== undefined) {
          yield about(
            object,
            `${path}.image`,
            `"${software}" has a Business Source or like licence`,
            `use ${instead}`,
          );
        }
      }
    }
  },
};
