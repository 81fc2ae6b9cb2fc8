import { BlockList, isIP } from 'node:net';

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(net, bits, 'ipv6');
}

/** The host without port and brackets: `[::1]:5000` → `::1`. */
export function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d*$/, '')).toLowerCase();
}

/** True for this machine: `localhost`, 127.0.0.0/8, `::1`. */
export function isLoopback(host: string): boolean {
  const name = hostName(host);
  if (name === 'localhost' || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}

/** True for an IP literal that is private, loopback, link-local or multicast (IPv4 inside IPv6 too). */
export function isPrivateAddress(host: string): boolean {
  const name = hostName(host);
  const family = isIP(name);
  if (family === 0) return name === 'localhost' || name.endsWith('.localhost');
  return PRIVATE.check(name, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Whether a registry may send us (for a token, a redirect, an upload) to this URL: a public registry must not make
 * us call the inside of our own network by IP, nor drop TLS. Undefined, or why not.
 */
export function forbiddenHop(to: URL, registry: URL): string | undefined {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return 'it is not an HTTP address';
  if (to.username !== '' || to.password !== '') return 'it carries a user';
  if (to.protocol === 'http:' && registry.protocol === 'https:') return 'it would leave TLS';
  const same = hostName(to.host) === hostName(registry.host);
  const bothHere = isLoopback(to.host) && isLoopback(registry.host);
  if (!same && !bothHere && isPrivateAddress(to.host)) return 'it is a private or link-local address';
  return undefined;
}
