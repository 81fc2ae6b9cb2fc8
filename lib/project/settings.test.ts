import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostFunctionName } from '../generate/coordinates.ts';
import { loadProject } from './project.ts';
import { readSettings } from './settings.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bp-settings-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function given(blueprints: unknown, files: Readonly<Record<string, unknown>> = {}): void {
  writeFileSync(join(root, 'package.json'), JSON.stringify({ blueprints }));
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(root, file), JSON.stringify(content));
}

const valkey = {
  name: 'valkey',
  version: '1.0.0',
  kind: 'Valkey',
  plural: 'valkeys',
  scope: 'Namespaced',
  sizes: ['small'],
  placements: ['single-region'],
};
const platform = { coordinates: 'ghcr.io/openova-io', blueprints: [valkey] };

describe('readSettings()', () => {
  test('nothing said: the platform itself', () => {
    given(undefined);
    expect(readSettings(root)).toEqual({ coordinates: { prefix: 'ghcr.io/openova-io' }, outside: [] });
  });

  test("one's own packages, served by the platform's host", () => {
    given({ coordinates: 'ghcr.io/acme/shop', host: 'ghcr.io/openova-io/function-blueprints' });
    const { coordinates } = readSettings(root);
    expect(hostFunctionName(coordinates)).toBe('openova-io-function-blueprints');
    expect(coordinates.prefix).toBe('ghcr.io/acme/shop');
  });

  test('a catalogue of another repository: where its packages are stays known', () => {
    given({ coordinates: 'ghcr.io/acme', catalogue: 'platform.json' }, { 'platform.json': platform });
    expect(readSettings(root).outside).toEqual([{ ...valkey, repository: 'ghcr.io/openova-io/bp-valkey' }]);
  });

  test('its Blueprints are in the catalogue of the project', async () => {
    given({ catalogue: ['platform.json'] }, { 'platform.json': platform });
    mkdirSync(join(root, 'blueprints'));
    expect([...(await loadProject(root)).catalogue.keys()]).toEqual(['valkey']);
  });

  const refused: readonly (readonly [string, unknown, unknown, string])[] = [
    ['an unknown setting', { registry: 'x' }, {}, '"registry" is not one of coordinates, host, catalogue'],
    ['coordinates that are no text', { coordinates: 5 }, {}, '"coordinates" must be a text'],
    ['coordinates without a host', { coordinates: 'acme' }, {}, 'registry host with a dot and a path'],
    ['a host of another name', { host: 'ghcr.io/acme/other' }, {}, 'named function-blueprints'],
    ['a catalogue that is a number', { catalogue: [1] }, {}, 'must be a file name'],
    ['a catalogue outside the project', { catalogue: '../x.json' }, {}, 'lies outside the project'],
    ['a catalogue that is not there', { catalogue: 'no.json' }, {}, 'does not exist'],
    ['a file of another shape', { catalogue: 'platform.json' }, [], 'is not what bp catalog -o json prints'],
    [
      'an entry with faults: all of them',
      { catalogue: 'platform.json' },
      { ...platform, blueprints: [{ ...valkey, name: 'No', version: 'v1', sizes: 'small' }] },
      'blueprints[0].sizes: must be a list of texts',
    ],
    [
      'a kind that would be another path',
      { catalogue: 'platform.json' },
      { ...platform, blueprints: [{ ...valkey, plural: '../x' }] },
      'blueprints[0].plural: must be lower case',
    ],
  ];
  test.for(refused)('refuses %s', ([, settings, file, message]) => {
    given(settings, { 'platform.json': file });
    expect(() => readSettings(root)).toThrow(message);
  });
});
