import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const PARTS = '/etc/apt/sources.list.d';

/** `deb` lines of a Debian release, from wherever this machine gets Debian; empty if it gets none. */
export function debianSources(suite: string, root = '/'): readonly string[] {
  const at = (path: string): string => join(root, path);
  const parts = existsSync(at(PARTS)) ? readdirSync(at(PARTS)).sort() : [];
  const files = ['/etc/apt/sources.list', ...parts.map((name) => `${PARTS}/${name}`)].filter((f) =>
    existsSync(at(f)),
  );
  const pairs = files.flatMap((file) => {
    const text = readFileSync(at(file), 'utf8');
    if (file.endsWith('.sources')) return deb822(text);
    return file.endsWith('.list') ? oneLine(text) : [];
  });
  const wanted = pairs.filter(([, name]) => name === suite || name.startsWith(`${suite}-`));
  return [...new Set(wanted.map(([uri, name]) => `deb [signed-by=${KEYRING}] ${uri} ${name} main`))];
}

type Source = readonly [uri: string, suite: string];

function deb822(text: string): Source[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): string[] =>
      (new RegExp(`^${name}:(.*)$`, 'im').exec(stanza)?.[1] ?? '').trim().split(/\s+/).filter(Boolean);
    if (!field('Components').includes('main')) return [];
    return field('URIs').flatMap((uri) => field('Suites').map((suite) => [uri, suite] as const));
  });
}

function oneLine(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
    const [, uri = '', suite = '', components = ''] = found ?? [];
    return components.split(/\s+/).includes('main') ? [[uri, suite] as const] : [];
  });
}
