import { Reader, type Slice } from '../codec/reader.ts';

const BYTES = 2;
const OBSERVED = 2;
const DESIRED = 3;
const EXTRA = 6;
const CREDENTIALS = 7;
const REQUIRED = 8;

/** Which fields of a message go, and which are messages to look into. */
interface Rule {
  readonly drop: ReadonlySet<number>;
  readonly into: ReadonlyMap<number, Rule>;
}

const NONE: ReadonlySet<number> = new Set();
/** Resource: its object stays, its connection details go. */
const RESOURCE: Rule = { drop: new Set([2]), into: new Map() };
const entryOf = (value: Rule): Rule => ({ drop: NONE, into: new Map([[2, value]]) });
const STATE: Rule = {
  drop: NONE,
  into: new Map([
    [1, RESOURCE],
    [2, entryOf(RESOURCE)],
  ]),
};
const LIST: Rule = { drop: NONE, into: new Map([[1, RESOURCE]]) };
const REQUEST: Rule = {
  drop: new Set([CREDENTIALS]),
  into: new Map([
    [OBSERVED, STATE],
    [DESIRED, STATE],
    [EXTRA, entryOf(LIST)],
    [REQUIRED, entryOf(LIST)],
  ]),
};

/**
 * A request without what is secret by the protocol: connection details and credentials. What an author's objects hold
 * stays, and unknown fields go: nobody knows what is in them.
 */
export function withoutSecrets(request: Buffer): Buffer {
  return rewrite({ buf: request, start: 0, end: request.length }, REQUEST, true);
}

const LAST_KNOWN_FIELD = 9;

function rewrite(slice: Slice, rule: Rule, top = false): Buffer {
  const reader = new Reader(slice);
  const parts: Buffer[] = [];
  while (reader.pos < reader.end) {
    const from = reader.pos;
    const tag = reader.tag();
    const field = Math.floor(tag / 8);
    const inner = tag % 8 === BYTES ? rule.into.get(field) : undefined;
    if (inner !== undefined) {
      const body = rewrite(reader.slice(), inner);
      parts.push(varint(tag), varint(body.length), body);
      continue;
    }
    reader.skip(tag);
    if (rule.drop.has(field) || (top && field > LAST_KNOWN_FIELD)) continue;
    parts.push(slice.buf.subarray(from, reader.pos));
  }
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
