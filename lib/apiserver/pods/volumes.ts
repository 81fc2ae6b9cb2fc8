import type { JsonObject } from '../../internal/json.ts';
import { type Checks, isEmpty, itemsAt, objectAt, textAt } from '../checks.ts';
import { configKey, dnsLabel, dnsSubdomain, noBackSteps, relativePath } from '../names.ts';
import { checkQuantity } from '../resources.ts';
import { checkClaimSpec } from '../storage.ts';
import { checkFieldRef, checkResourceRef, FILE_FIELDS } from './environment.ts';

const MAX_MODE = 0o777;
const HOST_PATH_TYPES = [
  ...['DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'],
];
const TOKEN_SECONDS = { least: 600, most: 2 ** 32 };

/** The volumes of a pod, by name. */
export function checkVolumes(
  checks: Checks,
  spec: JsonObject,
  path: string,
): ReadonlyMap<string, JsonObject> {
  const volumes = itemsAt(spec, 'volumes', path);
  for (const [volume, at] of volumes) {
    if (checks.required(volume.name, `${at}.name`)) checks.text(volume.name, `${at}.name`, dnsLabel);
    const sources = Object.keys(volume).filter((key) => key !== 'name' && volume[key] !== undefined);
    if (sources.length > 1) checks.add(at, `must have one source, not ${sources.join(' and ')}`);
    // One without a source is an emptyDir.
    if (sources[0] !== undefined) checkSource(checks, volume, sources[0], at);
  }
  checks.unique(
    volumes.map(([v]) => v.name),
    (i) => `${volumes[i]?.[1]}.name`,
  );
  return new Map(volumes.map(([volume]) => [textAt(volume, 'name'), volume]));
}

type CheckSource = (checks: Checks, source: JsonObject, at: string) => void;

const SOURCES: Readonly<Record<string, CheckSource>> = {
  configMap: (checks, source, at) => checkKeyFiles(checks, source, at, 'name'),
  secret: (checks, source, at) => checkKeyFiles(checks, source, at, 'secretName'),
  emptyDir: (checks, source, at) => checkQuantity(checks, source.sizeLimit, `${at}.sizeLimit`),
  hostPath(checks, source, at) {
    if (checks.required(source.path, `${at}.path`)) checks.text(source.path, `${at}.path`, noBackSteps);
    checks.oneOf(source.type, `${at}.type`, HOST_PATH_TYPES);
  },
  persistentVolumeClaim: (checks, source, at) => void checks.required(source.claimName, `${at}.claimName`),
  projected: checkProjected,
  downwardAPI: checkFiles,
  csi: checkCsi,
  nfs(checks, source, at) {
    checks.required(source.server, `${at}.server`);
    if (checks.required(source.path, `${at}.path`) && !textAt(source, 'path').startsWith('/'))
      checks.add(`${at}.path`, 'must be an absolute path');
  },
  ephemeral(checks, source, at) {
    const path = `${at}.volumeClaimTemplate`;
    if (source.volumeClaimTemplate === undefined) checks.add(path, 'is required');
    else checkClaimSpec(checks, objectAt(source, 'volumeClaimTemplate', 'spec'), `${path}.spec`);
  },
  image(checks, source, at) {
    if (checks.minor < 35) checks.add(at, 'is not read by this version unless it is switched on there');
    checks.oneOf(source.pullPolicy, `${at}.pullPolicy`, ['Always', 'IfNotPresent', 'Never']);
    checks.required(source.reference, `${at}.reference`);
  },
};

function checkSource(checks: Checks, volume: JsonObject, kind: string, path: string): void {
  const source = objectAt(volume, kind);
  const at = `${path}.${kind}`;
  const check = SOURCES[kind];
  if (check !== undefined) check(checks, source, at);
  // What every cloud once had in the tree: only what must be there.
  else for (const key of OLD_SOURCES[kind] ?? []) checks.required(source[key], `${at}.${key}`);
}

function checkKeyFiles(checks: Checks, source: JsonObject, path: string, name: string): void {
  checks.required(source[name], `${path}.${name}`);
  checks.number(source.defaultMode, `${path}.defaultMode`, 0, MAX_MODE);
  checkKeys(checks, source, path);
}

const OLD_SOURCES: Readonly<Record<string, readonly string[]>> = {
  awsElasticBlockStore: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  azureFile: ['secretName', 'shareName'],
  cephfs: ['monitors'],
  cinder: ['volumeID'],
  flexVolume: ['driver'],
  gcePersistentDisk: ['pdName'],
  gitRepo: ['repository'],
  glusterfs: ['endpoints', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  quobyte: ['registry', 'volume'],
  rbd: ['monitors', 'image'],
  vsphereVolume: ['volumePath'],
};

function checkCsi(checks: Checks, source: JsonObject, path: string): void {
  if (checks.required(source.driver, `${path}.driver`))
    checks.text(textAt(source, 'driver').toLowerCase(), `${path}.driver`, dnsSubdomain);
  if (source.nodePublishSecretRef !== undefined)
    checks.required(objectAt(source, 'nodePublishSecretRef').name, `${path}.nodePublishSecretRef.name`);
}

function checkKeys(checks: Checks, source: JsonObject, path: string): void {
  for (const [item, at] of itemsAt(source, 'items', path)) {
    if (checks.required(item.key, `${at}.key`)) checks.text(item.key, `${at}.key`, configKey);
    if (checks.required(item.path, `${at}.path`)) checks.text(item.path, `${at}.path`, relativePath);
    checks.number(item.mode, `${at}.mode`, 0, MAX_MODE);
  }
}

function checkFiles(checks: Checks, source: JsonObject, path: string): void {
  checks.number(source.defaultMode, `${path}.defaultMode`, 0, MAX_MODE);
  for (const [item, at] of itemsAt(source, 'items', path)) {
    if (checks.required(item.path, `${at}.path`)) checks.text(item.path, `${at}.path`, relativePath);
    checks.number(item.mode, `${at}.mode`, 0, MAX_MODE);
    const { fieldRef, resourceFieldRef } = item;
    if ((fieldRef === undefined) === (resourceFieldRef === undefined))
      checks.add(at, 'must have exactly one of fieldRef and resourceFieldRef');
    else if (fieldRef !== undefined)
      checkFieldRef(checks, objectAt(item, 'fieldRef'), `${at}.fieldRef`, FILE_FIELDS);
    else {
      const ref = objectAt(item, 'resourceFieldRef');
      checks.required(ref.containerName, `${at}.resourceFieldRef.containerName`);
      checkResourceRef(checks, ref, `${at}.resourceFieldRef`);
    }
  }
}

const PROJECTIONS = [
  'secret',
  'configMap',
  'downwardAPI',
  'serviceAccountToken',
  'clusterTrustBundle',
  'podCertificate',
];

function checkProjected(checks: Checks, source: JsonObject, path: string): void {
  checks.number(source.defaultMode, `${path}.defaultMode`, 0, MAX_MODE);
  const taken: unknown[] = [];
  for (const [one, at] of itemsAt(source, 'sources', path)) {
    const kinds = PROJECTIONS.filter((kind) => one[kind] !== undefined);
    if (kinds.length > 1) checks.add(at, `must have one source, not ${kinds.join(' and ')}`);
    for (const kind of ['secret', 'configMap'] as const) {
      if (one[kind] === undefined) continue;
      checks.required(objectAt(one, kind).name, `${at}.${kind}.name`);
      checkKeys(checks, objectAt(one, kind), `${at}.${kind}`);
      taken.push(...itemsAt(objectAt(one, kind), 'items', '').map(([item]) => item.path));
    }
    if (one.downwardAPI !== undefined) {
      checkFiles(checks, objectAt(one, 'downwardAPI'), `${at}.downwardAPI`);
      taken.push(...itemsAt(objectAt(one, 'downwardAPI'), 'items', '').map(([item]) => item.path));
    }
    if (one.serviceAccountToken !== undefined)
      checkToken(checks, objectAt(one, 'serviceAccountToken'), `${at}.serviceAccountToken`);
    if (one.clusterTrustBundle !== undefined)
      checkTrustBundle(checks, objectAt(one, 'clusterTrustBundle'), `${at}.clusterTrustBundle`);
  }
  checks.unique(taken, () => `${path}.sources`);
}

function checkToken(checks: Checks, token: JsonObject, path: string): void {
  checks.number(
    token.expirationSeconds,
    `${path}.expirationSeconds`,
    TOKEN_SECONDS.least,
    TOKEN_SECONDS.most,
  );
  if (checks.required(token.path, `${path}.path`)) checks.text(token.path, `${path}.path`, relativePath);
}

function checkTrustBundle(checks: Checks, bundle: JsonObject, path: string): void {
  const [name, signer] = [!isEmpty(bundle.name), !isEmpty(bundle.signerName)];
  if (name === signer) checks.add(path, 'must have exactly one of name and signerName');
  if (checks.required(bundle.path, `${path}.path`)) checks.text(bundle.path, `${path}.path`, relativePath);
}
