import type { TextRule } from './checks.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const MAX_LABEL = 63; // characters
const MAX_SUBDOMAIN = 253;
const MAX_PORT_NAME = 15;

/** RFC 1123 label: `my-name`. */
export const dnsLabel: TextRule = (text) => {
  if (text.length > MAX_LABEL) return `must have at most ${MAX_LABEL} characters`;
  return LABEL.test(text)
    ? undefined
    : 'must be a DNS label: a-z, 0-9 and hyphens, a letter or digit at both ends';
};

/** RFC 1035 label, which starts with a letter. */
export const dns1035Label: TextRule = (text) => {
  if (text.length > MAX_LABEL) return `must have at most ${MAX_LABEL} characters`;
  if (LABEL_1035.test(text)) return undefined;
  return 'must be a DNS label that starts with a letter: a-z, 0-9 and hyphens';
};

/** Name of a Service: since Kubernetes 1.36 it may start with a digit. */
export const serviceName = (minor: number): TextRule => (minor >= 36 ? dnsLabel : dns1035Label);

/** RFC 1123 subdomain: labels joined by dots. */
export const dnsSubdomain: TextRule = (text) => {
  if (text.length > MAX_SUBDOMAIN) return `must have at most ${MAX_SUBDOMAIN} characters`;
  if (SUBDOMAIN.test(text)) return undefined;
  return 'must be a DNS name: a-z, 0-9, hyphens and dots, a letter or digit at both ends';
};

/** `*.example.com`. */
export const wildcardSubdomain: TextRule = (text) =>
  text.startsWith('*.') ? dnsSubdomain(text.slice(2)) : 'must be a DNS name behind one "*."';

/** Key of a label or annotation: `example.com/name`, the prefix optional. */
export const qualifiedName: TextRule = (text) => {
  const parts = text.split('/');
  if (parts.length > 2) return 'must be a name with at most one prefix before a slash';
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, parts[0]];
  if (prefix !== undefined) {
    const wrong = prefix === '' ? 'must not be empty' : dnsSubdomain(prefix);
    if (wrong !== undefined) return `has a prefix that ${wrong}`;
  }
  if (name.length > MAX_LABEL) return `must have at most ${MAX_LABEL} characters in its name`;
  if (QUALIFIED.test(name)) return undefined;
  return 'must consist of letters, digits, "-", "_" and ".", a letter or digit at both ends';
};

/** Value of a label. */
export const labelValue: TextRule = (text) => {
  if (text.length > MAX_LABEL) return `must have at most ${MAX_LABEL} characters`;
  if (text === '' || QUALIFIED.test(text)) return undefined;
  return 'must consist of letters, digits, "-", "_" and ".", a letter or digit at both ends';
};

/** Name of a port: IANA_SVC_NAME. */
export const portName: TextRule = (text) => {
  if (text.length > MAX_PORT_NAME) return `must have at most ${MAX_PORT_NAME} characters`;
  if (!/^[-a-z0-9]+$/.test(text)) return 'must consist of a-z, 0-9 and hyphens';
  if (!/[a-z]/.test(text)) return 'must have at least one letter';
  if (text.includes('--')) return 'must not have two hyphens in a row';
  return /^-|-$/.test(text) ? 'must not begin or end with a hyphen' : undefined;
};

/** Key of a ConfigMap or Secret, which becomes a file's name. */
export const configKey: TextRule = (text) => {
  if (text.length > MAX_SUBDOMAIN) return `must have at most ${MAX_SUBDOMAIN} characters`;
  if (!/^[-._a-zA-Z0-9]+$/.test(text)) return 'must consist of letters, digits, "-", "_" and "."';
  if (text === '.' || text === '..') return 'must not be "." or ".."';
  return text.startsWith('..') ? 'must not begin with ".."' : undefined;
};

/** Name of an environment variable: printable ASCII without `=`. */
export const envName: TextRule = (text) =>
  /^[ -<>-~]+$/.test(text) ? undefined : 'must consist of printable ASCII characters other than "="';

/** Name that is one segment of a path: RBAC. */
export const pathSegment: TextRule = (text) => {
  if (text === '.' || text === '..') return 'must not be "." or ".."';
  return /[/%]/.test(text) ? 'must not contain "/" or "%"' : undefined;
};

/** Any path that only leads down. */
export const noBackSteps: TextRule = (text) =>
  text.split('/').includes('..') ? 'must not contain ".."' : undefined;

/** Must not leave its folder. */
export const relativePath: TextRule = (text) =>
  text.startsWith('/') ? 'must be a relative path' : noBackSteps(text);
