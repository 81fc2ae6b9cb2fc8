import { createHash } from 'node:crypto';
import type { JsonObject } from '../internal/json.ts';
import { apiVersionOf, groupVersion, kindOf, nameOf, namespaceOf } from './objects.ts';

const MAX_NAME = 63; // the name becomes a label value
const MAX_SUBDOMAIN = 253; // RFC 1123
const HASH_LENGTH = 12;
const NIL_NAMESPACE = Buffer.alloc(16);
const RBAC_KINDS = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * The name that Crossplane gives to a composed resource: prefix and 12 hex digits of a hash over the XR's uid and
 * the resource's name in the Composition. The same input gives the same name for ever, so a retry never leaks one.
 */
export function childName(prefix: string, xrUid: string, resourceName: string): string {
  const hash = createHash('sha256')
    .update(xrUid + resourceName)
    .digest('hex')
    .slice(0, HASH_LENGTH);
  if (prefix === '') return hash;
  const head = prefix.endsWith('-') ? prefix : `${prefix}-`;
  if (head.length + HASH_LENGTH <= MAX_NAME) return head + hash;
  const cut = head.slice(0, MAX_NAME - HASH_LENGTH);
  return (cut.endsWith('-') ? cut : `${cut.slice(0, -1)}-`) + hash;
}

/** UUID of version 5 (RFC 9562) under the nil namespace. */
export function uuidV5(name: string): string {
  const bytes = createHash('sha1').update(NIL_NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The uid that the render engine gives to an XR that has none: `<gvk>\0<namespace>\0<name>`, hashed. */
export function renderUid(xr: JsonObject): string {
  const { group, version } = groupVersion(apiVersionOf(xr));
  return uuidV5(`${group}/${version}, Kind=${kindOf(xr)}\0${namespaceOf(xr)}\0${nameOf(xr)}`);
}

/** Why a name is refused, or undefined when it is good. RBAC kinds may carry colons (`system:reader`). */
export function nameProblem(name: string, apiVersion: string, kind: string): string | undefined {
  const rbac = apiVersion.startsWith('rbac.authorization.k8s.io/') && RBAC_KINDS.has(kind);
  const checked = rbac ? name.replaceAll(':', '') : name;
  if (checked.length > MAX_SUBDOMAIN) return `must be no more than ${MAX_SUBDOMAIN} characters`;
  if (!checked.split('.').every((part) => LABEL.test(part))) {
    return 'must be an RFC 1123 subdomain: lower-case letters, digits, "-" and ".", starting and ending with a letter or digit';
  }
  return undefined;
}
