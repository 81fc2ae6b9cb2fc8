import type { Environment } from '@marcbachmann/cel-js';
import { equalJson, isObject } from '../internal/json.ts';
import { matchesConfigFormat } from './formats.ts';
import { testRe2 } from './pattern.ts';
import { parseQuantity } from './quantity.ts';
import { compileRe2 } from './re2.ts';

class Quantity {
  readonly nano: bigint;
  constructor(nano: bigint) {
    this.nano = nano;
  }
}

/** Adds the functions that Kubernetes adds to CEL (lists, regex, URLs, IPs, quantities, sets, strings). */
export function registerKubernetes(env: Environment): Environment {
  registerHas(env);
  registerRegex(env);
  registerLists(env);
  registerStrings(env);
  registerNet(env);
  registerQuantity(env);
  return env;
}

interface Node {
  readonly op: string;
  readonly args: readonly [Node, string];
}

/** `has` over any operand; as the built-in one, it fails when the operand itself is missing. */
function registerHas(env: Environment): void {
  interface Checker {
    check(node: Node, ctx: unknown): unknown;
    getType(name: string): unknown;
  }
  interface Evaluator {
    run(node: Node, ctx: unknown): unknown;
  }
  env.registerFunction('hasField(ast): bool', ({ args }: { args: readonly [Node] }) => {
    const [node] = args;
    return {
      async: false,
      typeCheck(checker: Checker, _: unknown, ctx: unknown): unknown {
        if (node.op !== '.') throw new Error('has() needs a field, such as has(self.name)');
        checker.check(node.args[0], ctx);
        return checker.getType('bool');
      },
      evaluate(evaluator: Evaluator, _: unknown, ctx: unknown): boolean {
        const holder = evaluator.run(node.args[0], ctx);
        return isObject(holder) && Object.hasOwn(holder, node.args[1]);
      },
    };
  });
}

function registerRegex(env: Environment): void {
  const test = (text: string, pattern: string): boolean => {
    const result = testRe2(pattern, text);
    if (result === undefined) throw new Error(`invalid regular expression ${JSON.stringify(pattern)}`);
    return result;
  };
  env.registerFunction('string.re2Matches(string): bool', test);
  env.registerFunction('re2Matches(string, string): bool', test);
  env.registerFunction('string.find(string): string', (text: string, pattern: string) => {
    const matcher = compileRe2(pattern).matcher(text);
    return matcher.find() ? (matcher.group() ?? '') : '';
  });
  env.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => {
    const matcher = compileRe2(pattern).matcher(text);
    const out: string[] = [];
    while (matcher.find()) out.push(matcher.group() ?? '');
    return out;
  });
}

type Comparable = string | number | bigint | boolean;

function extreme(list: readonly Comparable[], pick: (a: Comparable, b: Comparable) => boolean): Comparable {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('min and max need a list with at least one item');
  return rest.reduce((best, item) => (pick(item, best) ? item : best), first);
}

function registerLists(env: Environment): void {
  env.registerFunction('list.min(): dyn', (list: Comparable[]) => extreme(list, (a, b) => a < b));
  env.registerFunction('list.max(): dyn', (list: Comparable[]) => extreme(list, (a, b) => a > b));
  env.registerFunction('list.sum(): dyn', (list: (number | bigint)[]) =>
    list.length === 0
      ? 0n
      : list.reduce((a, b) =>
          typeof a === 'bigint' && typeof b === 'bigint' ? a + b : Number(a) + Number(b),
        ),
  );
  env.registerFunction('list.isSorted(): bool', (list: Comparable[]) =>
    list.every((item, i) => i === 0 || (list[i - 1] as Comparable) <= item),
  );
  env.registerFunction('list.indexOf(dyn): int', (list: unknown[], item: unknown) =>
    BigInt(list.findIndex((v) => equalJson(v, item))),
  );
  env.registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], item: unknown) =>
    BigInt(list.findLastIndex((v) => equalJson(v, item))),
  );
  const contains = (a: unknown[], b: unknown[]): boolean =>
    b.every((item) => a.some((v) => equalJson(v, item)));
  class Sets {}
  env.registerType('kubernetes.Sets', Sets);
  env.registerConstant('sets', 'kubernetes.Sets', new Sets());
  env.registerFunction(
    'kubernetes.Sets.contains(list, list): bool',
    (_: unknown, a: unknown[], b: unknown[]) => contains(a, b),
  );
  env.registerFunction(
    'kubernetes.Sets.equivalent(list, list): bool',
    (_: unknown, a: unknown[], b: unknown[]) => contains(a, b) && contains(b, a),
  );
  env.registerFunction(
    'kubernetes.Sets.intersects(list, list): bool',
    (_: unknown, a: unknown[], b: unknown[]) => b.some((item) => a.some((v) => equalJson(v, item))),
  );
}

function registerStrings(env: Environment): void {
  env.registerFunction('string.replace(string, string): string', (s: string, a: string, b: string) =>
    s.replaceAll(a, b),
  );
  env.registerFunction('string.charAt(int): string', (s: string, i: bigint) => s.charAt(Number(i)));
  env.registerFunction('string.format(list): string', (s: string, args: unknown[]) => {
    let next = 0;
    return s.replace(/%(?:[sdxXobe]|\.?\d*f|%)/g, (verb) => (verb === '%%' ? '%' : String(args[next++])));
  });
}

function registerNet(env: Environment): void {
  env.registerFunction('isURL(string): bool', (text: string) => {
    if (text.startsWith('/')) return true;
    return URL.canParse(text);
  });
  env.registerFunction(
    'isIP(string): bool',
    (text: string) => matchesConfigFormat('ipv4', text) || matchesConfigFormat('ipv6', text),
  );
  env.registerFunction('isCIDR(string): bool', (text: string) => matchesConfigFormat('cidr', text));
  class Url {
    readonly url: URL;
    constructor(url: URL) {
      this.url = url;
    }
  }
  env.registerType('kubernetes.URL', Url);
  env.registerFunction('url(string): kubernetes.URL', (text: string) => new Url(new URL(text, 'http://_')));
  env.registerFunction('kubernetes.URL.getScheme(): string', (u: Url) => u.url.protocol.slice(0, -1));
  env.registerFunction('kubernetes.URL.getHost(): string', (u: Url) => u.url.host);
  env.registerFunction('kubernetes.URL.getHostname(): string', (u: Url) => u.url.hostname);
  env.registerFunction('kubernetes.URL.getPort(): string', (u: Url) => u.url.port);
  env.registerFunction('kubernetes.URL.getEscapedPath(): string', (u: Url) => u.url.pathname);
}

function registerQuantity(env: Environment): void {
  env.registerType('kubernetes.Quantity', Quantity);
  const parse = (text: string): Quantity => {
    const nano = parseQuantity(text);
    if (nano === undefined) throw new Error(`invalid quantity ${JSON.stringify(text)}`);
    return new Quantity(nano);
  };
  env.registerFunction('quantity(string): kubernetes.Quantity', parse);
  env.registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined);
  const q = 'kubernetes.Quantity';
  env.registerFunction(`${q}.isLessThan(${q}): bool`, (a: Quantity, b: Quantity) => a.nano < b.nano);
  env.registerFunction(`${q}.isGreaterThan(${q}): bool`, (a: Quantity, b: Quantity) => a.nano > b.nano);
  env.registerFunction(`${q}.compareTo(${q}): int`, (a: Quantity, b: Quantity) =>
    a.nano < b.nano ? -1n : a.nano > b.nano ? 1n : 0n,
  );
  env.registerFunction(`${q}.add(${q}): ${q}`, (a: Quantity, b: Quantity) => new Quantity(a.nano + b.nano));
  env.registerFunction(`${q}.sub(${q}): ${q}`, (a: Quantity, b: Quantity) => new Quantity(a.nano - b.nano));
  env.registerFunction(`${q}.isInteger(): bool`, (a: Quantity) => a.nano % NANO === 0n);
  env.registerFunction(`${q}.asInteger(): int`, (a: Quantity) => a.nano / NANO);
  env.registerFunction(`${q}.asApproximateFloat(): double`, (a: Quantity) => Number(a.nano) / Number(NANO));
  env.registerFunction(`${q}.sign(): int`, (a: Quantity) => (a.nano < 0n ? -1n : a.nano > 0n ? 1n : 0n));
}

const NANO = 1_000_000_000n;
