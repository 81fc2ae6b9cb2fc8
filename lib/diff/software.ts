import semver from 'semver';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { textAt } from '../render/objects.ts';
import { groupKind } from './composed.ts';

/** A chart or image that another version takes the place of. */
export interface SoftwareChange {
  readonly path: string;
  readonly message: string;
}

const IMAGE_KEYS = new Set(['image', 'imageName']);

/** Charts, images and artifacts of two states of one object that differ. */
export function softwareChanges(before: JsonObject, after: JsonObject): readonly SoftwareChange[] {
  const [a, b] = [software(before), software(after)];
  return [...b].flatMap(([path, now]) => {
    const old = a.get(path);
    return old === undefined || old === now
      ? []
      : [{ path, message: `${old} becomes ${now}${step(old, now)}` }];
  });
}

function software(object: JsonObject): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const kind = groupKind(object);
  if (kind === 'helm.toolkit.fluxcd.io/HelmRelease') {
    const chart = textAt(object, 'spec', 'chart', 'spec', 'chart');
    if (chart !== '')
      out.set('spec.chart', `chart ${chart} ${textAt(object, 'spec', 'chart', 'spec', 'version')}`.trim());
  }
  if (kind.startsWith('source.toolkit.fluxcd.io/')) {
    const ref = object.spec && isObject(object.spec) ? object.spec.ref : undefined;
    const at = isObject(ref) ? ` ${Object.values(ref).map(String).join(' ')}` : '';
    out.set('spec.url', `${textAt(object, 'spec', 'url')}${at}`);
  }
  images(object, '', out);
  return out;
}

function images(value: Json, path: string, out: Map<string, string>): void {
  if (value === null || typeof value !== 'object') return;
  for (const [key, item] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (IMAGE_KEYS.has(key) && typeof item === 'string') out.set(at, item);
    else images(item as Json, at, out);
  }
}

/** Says when it is a step of a major version, or back. */
function step(old: string, now: string): string {
  const [a, b] = [old, now].map((text) =>
    semver.parse(/(\d+\.\d+\.\d+(?:[-+][\w.-]+)?)$/.exec(text)?.[1] ?? ''),
  );
  if (!a || !b) return '';
  if (semver.lt(b, a)) return ', which is older';
  return a.major === b.major ? '' : ', another major version';
}
