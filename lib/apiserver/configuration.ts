import type { JsonObject } from '../internal/json.ts';
import { type Checks, isEmpty, keyPath, objectAt, textAt } from './checks.ts';
import { configKey } from './names.ts';

const MAX_BYTES = 1024 * 1024; // 1 MiB of data in one object

export function checkConfigMap(checks: Checks, object: JsonObject): void {
  const [data, binary] = [objectAt(object, 'data'), objectAt(object, 'binaryData')];
  checkKeys(checks, data, 'data');
  checkKeys(checks, binary, 'binaryData');
  for (const key of Object.keys(binary))
    if (Object.hasOwn(data, key)) checks.add(keyPath('binaryData', key), 'is in data too');
  const size = sizeOf(data, false) + sizeOf(binary, true);
  if (size > MAX_BYTES) checks.add('data', `must have at most ${MAX_BYTES} bytes, not ${size}`);
}

/** What a Secret of a type must hold. Its values are never said. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

export function checkSecret(checks: Checks, object: JsonObject): void {
  const type = textAt(object, 'type');
  const [data, text] = [objectAt(object, 'data'), objectAt(object, 'stringData')];
  checkKeys(checks, data, 'data');
  checkKeys(checks, text, 'stringData');
  const has = (key: string): boolean => Object.hasOwn(text, key) || Object.hasOwn(data, key);
  for (const key of TYPES[type] ?? [])
    if (!has(key)) checks.add(keyPath('data', key), `is required of type ${type}`);
  if (type === 'kubernetes.io/basic-auth' && !has('username') && !has('password'))
    checks.add('data.username', `is required of type ${type}, or password`);
  if (
    type === 'kubernetes.io/ssh-auth' &&
    has('ssh-privatekey') &&
    isEmpty(text['ssh-privatekey'] ?? data['ssh-privatekey'])
  )
    checks.add(keyPath('data', 'ssh-privatekey'), 'must not be empty');
  const account = 'kubernetes.io/service-account.name';
  if (
    type === 'kubernetes.io/service-account-token' &&
    isEmpty(objectAt(object, 'metadata', 'annotations')[account])
  )
    checks.add(keyPath('metadata.annotations', account), `is required of type ${type}`);
  for (const key of ['.dockercfg', '.dockerconfigjson']) {
    if ((TYPES[type] ?? []).includes(key) && has(key) && !holdsObject(text[key], data[key]))
      checks.add(keyPath('data', key), 'must hold a JSON object');
  }
  const size = sizeOf(data, true) + sizeOf(text, false);
  if (size > MAX_BYTES) checks.add('data', `must have at most ${MAX_BYTES} bytes, not ${size}`);
}

function holdsObject(text: unknown, base64: unknown): boolean {
  const given = typeof text === 'string' ? text : Buffer.from(String(base64), 'base64').toString('utf8');
  try {
    const value: unknown = JSON.parse(given);
    return value === null || (typeof value === 'object' && !Array.isArray(value));
  } catch {
    return false;
  }
}

function checkKeys(checks: Checks, data: JsonObject, path: string): void {
  for (const key of Object.keys(data)) checks.text(key, keyPath(path, key), configKey);
}

function sizeOf(data: JsonObject, base64: boolean): number {
  const values = Object.values(data).filter((value): value is string => typeof value === 'string');
  return values.reduce((sum, value) => sum + (base64 ? (value.length * 3) / 4 : Buffer.byteLength(value)), 0);
}
