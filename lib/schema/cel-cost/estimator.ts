import type { CelKind, CelType } from './cel-type.ts';
import { type Estimate, ofType, plus, sizeOf, times } from './estimate.ts';
import { callCost } from './functions.ts';
import { type CelNode, MACROS, nodes } from './node.ts';

/** Thrown for what the apiserver's compiler refuses; the message says it. */
export class CelTypeError extends Error {}

const TEXT = 0.1; // per character that is compared
const NEW_LIST = 10;
const NEW_MAP = 30;
const NUMBERS: ReadonlySet<CelKind | undefined> = new Set(['int', 'double']);
const PLAIN: ReadonlySet<CelKind | undefined> = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'string',
  'duration',
  'timestamp',
]);
const LIBRARIES = ['sets', 'cel', 'optional', 'math', 'strings', 'ip', 'format', 'jsonpatch'];
const TYPES = ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type'];

/** Estimates the worst case of an expression, as kube-apiserver's estimator does, and checks the types on the way. */
export class Estimator {
  readonly #scopes: Map<string, Estimate>[];
  usesOldSelf = false;

  constructor(self: CelType, oldSelf: CelType) {
    this.#scopes = [
      new Map([
        ['self', ofType(self, 1)],
        ['oldSelf', ofType(oldSelf, 1)],
      ]),
    ];
  }

  estimate(node: CelNode): Estimate {
    const { op, args } = node;
    switch (op) {
      case 'value':
        return literal(args);
      case 'id':
        return this.#identifier(String(args));
      case '.':
        return this.#select(...(args as [CelNode, string]));
      case '.?':
      case '[?]':
        return { cost: plus(this.estimate(nodes(args)[0] as CelNode).cost, 1) };
      case '[]':
        return this.#index(...(args as [CelNode, CelNode]));
      case 'call':
        return this.#call(...(args as [string, readonly CelNode[]]));
      case 'rcall':
        return this.#method(...(args as [string, CelNode, readonly CelNode[]]));
      case 'list':
        return this.#list(nodes(args));
      case 'map':
        return this.#map(args as readonly (readonly [CelNode, CelNode])[]);
      case '?:':
        return this.#conditional(nodes(args));
      case '!_':
      case '-_': {
        const of = this.estimate(args as CelNode);
        return { cost: plus(of.cost, 1), ...(of.kind === undefined ? {} : { kind: of.kind }) };
      }
      default:
        return this.#operator(op, nodes(args));
    }
  }

  #identifier(name: string): Estimate {
    if (name === 'oldSelf') this.usesOldSelf = true;
    for (const scope of this.#scopes.toReversed()) {
      const found = scope.get(name);
      if (found !== undefined) return { ...found, cost: 1 };
    }
    if (TYPES.includes(name)) return { cost: 1 };
    throw new CelTypeError(`undeclared reference to "${name}"`);
  }

  #select(operand: CelNode, field: string): Estimate {
    const of = this.estimate(operand);
    const { type, kind } = of;
    const cost = plus(of.cost, kind === 'object' || kind === 'map' ? 1 : 0);
    if (kind !== undefined && PLAIN.has(kind))
      throw new CelTypeError(`type ${kind} does not support field selection`);
    if (kind === 'map') return ofType(type?.element, cost);
    if (kind !== 'object' || type?.fields === undefined) return { cost };
    const found = type.fields.get(field);
    if (found === undefined) throw new CelTypeError(`undefined field "${field}"`);
    return ofType(found, cost);
  }

  #index(operand: CelNode, key: CelNode): Estimate {
    const [of, at] = [this.estimate(operand), this.estimate(key)];
    return ofType(of.type?.element, plus(plus(of.cost, at.cost), 1));
  }

  #call(name: string, args: readonly CelNode[]): Estimate {
    const [only] = args;
    if (name === 'has' && only !== undefined) return this.#has(only);
    if (name === 'dyn' && only !== undefined) {
      const of = this.estimate(only);
      return { ...of, cost: plus(of.cost, 1), kind: 'dyn' };
    }
    const given = args.map((arg) => this.estimate(arg));
    const call = callCost(name, { args: given });
    if (call === undefined) throw new CelTypeError(`undeclared reference to "${name}"`);
    return { ...call, cost: plus(call.cost, sum(given)) };
  }

  /** Looking whether a field is there costs nothing, getting to its holder does. */
  #has(field: CelNode): Estimate {
    if (field.op !== '.') throw new CelTypeError('has() needs a field, such as has(self.name)');
    const [holder] = field.args as [CelNode, string];
    this.estimate(field); // that there is such a field
    return { cost: this.estimate(holder).cost, kind: 'bool' };
  }

  #method(name: string, target: CelNode, args: readonly CelNode[]): Estimate {
    if (target.op === 'id' && LIBRARIES.includes(String(target.args))) {
      if (target.args === 'cel' && name === 'bind') return this.#bind(args);
      return this.#call(`${String(target.args)}.${name}`, args);
    }
    if (MACROS.has(name) && args.length > 1) return this.#comprehension(name, target, args);
    if (/^opt(Flat)?Map$/.test(name)) return this.#optional(target, args);
    const of = this.estimate(target);
    const given = args.map((arg) => this.estimate(arg));
    const call = callCost(name, { target: of, args: given });
    if (call === undefined) throw new CelTypeError(`undeclared reference to "${name}"`);
    return { ...call, cost: plus(call.cost, plus(of.cost, sum(given))) };
  }

  #bind(args: readonly CelNode[]): Estimate {
    const [name, value, body] = args as [CelNode, CelNode, CelNode];
    const bound = this.estimate(value);
    const result = this.#within(new Map([[String(name.args), bound]]), () => this.estimate(body));
    return { ...result, cost: plus(plus(bound.cost, result.cost), NEW_LIST) };
  }

  #optional(target: CelNode, args: readonly CelNode[]): Estimate {
    const [name, body] = args as [CelNode, CelNode];
    const { cost } = this.estimate(target);
    const result = this.#within(new Map([[String(name.args), { cost: 1 }]]), () => this.estimate(body));
    // Asked twice, once whether it is there and once for its value, which is then bound and wrapped.
    return { cost: plus(plus(times(cost, 2), result.cost), NEW_LIST + 3) };
  }

  #comprehension(name: string, target: CelNode, args: readonly CelNode[]): Estimate {
    const range = this.estimate(target);
    const two = args.length === 3 && name !== 'map';
    const variables = (two ? args.slice(0, 2) : args.slice(0, 1)).map((v) => String(v.args));
    const parts = args.slice(variables.length);
    const costs = this.#within(itemsOf(range, variables), () => parts.map((part) => this.estimate(part)));
    const [start, step, end] = loopOf(name, costs);
    const count = sizeOf(range);
    const cost = plus(plus(range.cost, start + end), times(count, step));
    if (name !== 'filter' && name !== 'map') return { cost, kind: 'bool' };
    if (name === 'filter' && range.type?.element !== undefined && range.kind === 'list')
      return { cost, size: count, kind: 'list', type: range.type };
    return { cost, size: count, kind: 'list' };
  }

  #within<T>(scope: Map<string, Estimate>, run: () => T): T {
    this.#scopes.push(scope);
    try {
      return run();
    } finally {
      this.#scopes.pop();
    }
  }

  #list(items: readonly CelNode[]): Estimate {
    const given = items.map((item) => this.estimate(item));
    return { cost: plus(sum(given), NEW_LIST), size: items.length, kind: 'list' };
  }

  #map(entries: readonly (readonly [CelNode, CelNode])[]): Estimate {
    const given = entries.flat().map((part) => this.estimate(part));
    return { cost: plus(sum(given), NEW_MAP), size: entries.length, kind: 'map' };
  }

  #conditional(parts: readonly CelNode[]): Estimate {
    const [test, yes, no] = parts.map((part) => this.estimate(part)) as [Estimate, Estimate, Estimate];
    const size = Math.max(sizeOf(yes), sizeOf(no));
    const kind = yes.kind ?? no.kind;
    return {
      cost: plus(test.cost, Math.max(yes.cost, no.cost)),
      size,
      ...(kind === undefined ? {} : { kind }),
    };
  }

  #operator(op: string, parts: readonly CelNode[]): Estimate {
    const [left, right] = parts.map((part) => this.estimate(part)) as [Estimate, Estimate];
    checkOperands(op, left, right);
    const cost = plus(left.cost, right.cost);
    const smaller = Math.min(sizeOf(left), sizeOf(right));
    const compared = Math.ceil(smaller * TEXT);
    switch (op) {
      case '&&':
      case '||':
        return { cost, kind: 'bool' };
      case '==':
      case '!=':
        return { cost: plus(cost, compared), kind: 'bool' };
      case '<':
      case '<=':
      case '>':
      case '>=': {
        const text = !PLAIN.has(left.kind) || left.kind === 'string' || left.kind === 'bytes';
        return { cost: plus(cost, text ? Math.max(1, compared) : 1), kind: 'bool' };
      }
      case 'in':
        return { cost: plus(cost, right.kind === 'map' ? 1 : sizeOf(right)), kind: 'bool' };
      case '+':
        return added(left, right, cost);
      default:
        return { cost: plus(cost, 1), ...(left.kind === undefined ? {} : { kind: left.kind }) };
    }
  }
}

function added(left: Estimate, right: Estimate, cost: number): Estimate {
  const size = plus(sizeOf(left), sizeOf(right));
  const kind = left.kind ?? right.kind;
  if (NUMBERS.has(kind)) return { cost: plus(cost, 1), ...(kind === undefined ? {} : { kind }) };
  const text = kind !== 'list' && kind !== 'duration' && kind !== 'timestamp';
  return {
    cost: plus(cost, text ? Math.ceil(size * TEXT) : 1),
    size,
    ...(kind === undefined ? {} : { kind }),
  };
}

/** What an unwound macro does once, for each item, and in the end, as CEL writes it out. */
function loopOf(name: string, costs: readonly Estimate[]): readonly [number, number, number] {
  const cost = costs[0]?.cost ?? 0;
  switch (name) {
    case 'all':
      return [0, plus(cost, 3), 1];
    case 'exists':
      return [0, plus(cost, 4), 1];
    case 'filter':
      return [NEW_LIST, plus(cost, 13), 1];
    case 'map':
      return costs.length === 1
        ? [NEW_LIST, plus(cost, 12), 1]
        : [NEW_LIST, plus(cost, plus(costs[1]?.cost ?? 0, 12)), 1];
    default:
      return [0, plus(cost, 2), 2]; // exists_one
  }
}

/** The apiserver takes keys to be of no length. */
const KEY: CelType = { kind: 'string', max: 0, min: 2 };

/** The variables of a macro: items of a list, keys (and values) of a map. */
function itemsOf(range: Estimate, names: readonly string[]): Map<string, Estimate> {
  const [first = '', second] = names;
  const element = ofType(range.type?.element, 1);
  const key = ofType(KEY, 1);
  if (range.kind !== 'list' && range.kind !== 'map' && range.kind !== undefined && range.kind !== 'dyn')
    throw new CelTypeError(`expression of type ${range.kind} cannot be the range of a comprehension`);
  if (second === undefined) return new Map([[first, range.kind === 'map' ? key : element]]);
  return new Map<string, Estimate>([
    [first, range.kind === 'map' ? key : { cost: 1, kind: 'int' }],
    [second, element],
  ]);
}

function checkOperands(op: string, left: Estimate, right: Estimate): void {
  const [a, b] = [left.kind, right.kind];
  if (!PLAIN.has(a) || !PLAIN.has(b) || op === 'in') return;
  const both = op === '&&' || op === '||' ? a === 'bool' && b === 'bool' : a === b;
  const ordered = /^[<>]/.test(op) && NUMBERS.has(a) && NUMBERS.has(b);
  const times =
    /^[-+]$/.test(op) && /^(duration|timestamp)$/.test(String(a)) && /^(duration|timestamp)$/.test(String(b));
  if (!both && !ordered && !times)
    throw new CelTypeError(`no matching overload of "${op}" for ${a} and ${b}`);
}

function literal(value: unknown): Estimate {
  const of = (kind: CelKind, size = 1): Estimate => ({ cost: 0, kind, size, literal: true });
  switch (typeof value) {
    case 'string':
      return of('string', [...value].length);
    case 'bigint':
      return of('int');
    case 'number':
      return of('double');
    case 'boolean':
      return of('bool');
    default:
      return value instanceof Uint8Array ? of('bytes', value.length) : { cost: 0, size: 1, literal: true };
  }
}

function sum(parts: readonly Estimate[]): number {
  return parts.reduce((total, part) => plus(total, part.cost), 0);
}
