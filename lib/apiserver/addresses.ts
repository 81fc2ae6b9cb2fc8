import { matchesKubeFormat } from '../schema/formats.ts';
import type { TextRule } from './checks.ts';

/** An IP address without leading zeros. */
export const ipAddress: TextRule = (text) =>
  isIp(text) ? undefined : 'must be an IP address, such as 10.9.8.7 or 2001:db8::ffff';

/** An address with the length of its prefix. */
export const cidr: TextRule = (text) =>
  matchesKubeFormat('cidr', text) ? undefined : 'must be a CIDR, such as 10.9.8.0/24 or 2001:db8::/64';

export function isIp(text: string): boolean {
  return matchesKubeFormat('ipv4', text) || matchesKubeFormat('ipv6', text);
}

/** True if the second CIDR lies strictly within the first. Both are IPv4; others are not compared. */
export function isStrictlyWithin(outer: string, inner: string): boolean | undefined {
  const [a, b] = [rangeOf(outer), rangeOf(inner)];
  if (a === undefined || b === undefined) return undefined;
  return (
    b.bits > a.bits &&
    Math.floor(b.address / 2 ** (32 - a.bits)) === Math.floor(a.address / 2 ** (32 - a.bits))
  );
}

function rangeOf(text: string): { readonly address: number; readonly bits: number } | undefined {
  const [address = '', bits] = text.split('/');
  if (!matchesKubeFormat('ipv4', address)) return undefined;
  const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return { address: value, bits: Number(bits) };
}
