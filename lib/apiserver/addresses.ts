import { matchesKubeFormat } from '../schema/formats.ts';
import type { TextRule } from './checks.ts';

/** An IP address without leading zeros. */
export const ipAddress: TextRule = (text) =>
  isIp(text) ? undefined : 'must be an IP address, such as 10.9.8.7 or 2001:db8::ffff';

/** An address with the length of its prefix; since Kubernetes 1.36 nothing may stand behind the prefix. */
export const cidrRule =
  (minor: number): TextRule =>
  (text) => {
    if (!matchesKubeFormat('cidr', text)) return 'must be a CIDR, such as 10.9.8.0/24 or 2001:db8::/64';
    return minor >= 36 && hasHostBits(text) ? 'must have no bits set behind its prefix' : undefined;
  };

function hasHostBits(text: string): boolean {
  const [address = '', prefix] = text.split('/');
  const [bits, size] = address.includes(':') ? [ipv6Bits(address), 128] : [ipv4Bits(address), 32];
  return (bits & ((1n << BigInt(size - Number(prefix))) - 1n)) !== 0n;
}

const ipv4Bits = (text: string): bigint =>
  text.split('.').reduce((sum, octet) => (sum << 8n) + BigInt(octet), 0n);

function ipv6Bits(text: string): bigint {
  // The last two groups may be written as an IPv4 address.
  const plain = text.replace(/[\d.]+\.\d+$/, (v4) => {
    const bits = ipv4Bits(v4);
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  });
  const [head = [], tail = []] = plain.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

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
