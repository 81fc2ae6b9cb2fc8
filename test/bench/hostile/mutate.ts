import type { Random } from './random.ts';

type Mutation = (message: Buffer, random: Random) => Buffer;

const DEEP = 20_000; // levels or entries; a parser that recurses without a bound ends here
const HUGE = [0xff, 0xff, 0xff, 0xff, 0x0f]; // varint: 4 GiB - 1

/** What can be wrong with a protobuf message. */
const MESSAGE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  bits(message, random) {
    const out = Buffer.from(message);
    for (let i = 0; i <= random.below(8); i++) {
      const at = random.below(out.length);
      out[at] = (out[at] as number) ^ (1 << random.below(8));
    }
    return out;
  },
  bytes(message, random) {
    const out = Buffer.from(message);
    random.bytes(1 + random.below(16)).copy(out, random.below(out.length));
    return out;
  },
  truncated: (message, random) => message.subarray(0, random.below(message.length)),
  extended: (message, random) => Buffer.concat([message, random.bytes(1 + random.below(64))]),
  spliced(message, random) {
    const [from, to] = [random.below(message.length), random.below(message.length)];
    const length = random.below(512);
    return Buffer.concat([
      message.subarray(0, to),
      message.subarray(from, from + length),
      message.subarray(to),
    ]);
  },
  random: (_, random) => random.bytes(random.below(2048)),
  hugeLength(message, random) {
    const at = random.below(message.length);
    const tag = (1 + random.below(8)) * 8 + 2;
    return Buffer.concat([message.subarray(0, at), Buffer.from([tag, ...HUGE]), message.subarray(at)]);
  },
  deep(message, random) {
    // Of Struct and Value: fields{value{struct_value…}}, as deep as the bytes go; a length that lies at each level.
    const level = random.pick([
      [0x0a, 0x7f, 0x12, 0x7f, 0x2a, 0x7f],
      [0x32, 0x7f, 0x0a, 0x7f],
    ]);
    const nested = Buffer.alloc((1 + random.below(DEEP)) * level.length, Buffer.from(level));
    return Buffer.concat([message, Buffer.from([0x22]), varint(nested.length), nested]);
  },
  deepTrue: (message, random) => Buffer.concat([message, deepInput(1 + random.below(DEEP))]),
  manyFields(message, random) {
    const entry = Buffer.from([0x52, random.below(3)]);
    return Buffer.concat([message, Buffer.alloc(random.below(DEEP) * entry.length, entry)]);
  },
  groups: (message, random) =>
    Buffer.concat([message, Buffer.alloc(random.below(DEEP), 0x0b), Buffer.alloc(random.below(DEEP), 0x0c)]),
  empty: () => Buffer.alloc(0),
};

/** What can be wrong with the gRPC frame around it. */
const FRAME_MUTATIONS: Readonly<Record<string, Mutation>> = {
  whole: (message) => framed(message, 0, message.length),
  tooShort: (message, random) => framed(message, 0, random.below(message.length + 1)),
  tooLong: (message, random) => framed(message, 0, message.length + 1 + random.below(1000)),
  enormous: (message) => framed(message, 0, 0xffffffff),
  compressed: (message) => framed(message, 1, message.length),
  flags: (message, random) => framed(message, 2 + random.below(254), message.length),
  twice: (message) => Buffer.concat([framed(message, 0, message.length), framed(message, 0, message.length)]),
  noFrame: (message) => message,
  halfHead: (_, random) => random.bytes(random.below(5)),
};

/** One request body, broken somehow; `name` says how. */
export function mutate(message: Buffer, random: Random): { readonly name: string; readonly body: Buffer } {
  const inner = random.pick(Object.keys(MESSAGE_MUTATIONS));
  // Most stay whole frames, or no message would reach the reader of protobuf.
  const outer = random.below(5) === 0 ? random.pick(Object.keys(FRAME_MUTATIONS)) : 'whole';
  const broken = MESSAGE_MUTATIONS[inner]?.(message, random) ?? message;
  const body = FRAME_MUTATIONS[outer]?.(broken, random) ?? broken;
  return { name: outer === 'whole' ? inner : `${inner}, ${outer}`, body };
}

function framed(message: Buffer, flag: number, length: number): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): Buffer {
  const out = Buffer.alloc(sizeOfVarint(value));
  putVarint(out, 0, value);
  return out;
}

function sizeOfVarint(value: number): number {
  return value < 128 ? 1 : 1 + sizeOfVarint(value >>> 7);
}

function putVarint(out: Buffer, at: number, value: number): void {
  let end = at;
  for (let rest = value; ; rest >>>= 7) {
    out[end++] = rest > 127 ? (rest & 127) | 128 : rest;
    if (rest <= 127) return;
  }
}

const LEVEL_BYTES = 24; // at most, of one level: three heads and the key

/** A whole, valid `input` whose objects are nested so deep. */
function deepInput(levels: number): Buffer {
  // Backwards, from the inside: Struct{fields{key "a", value Value{struct_value …}}}.
  const out = Buffer.allocUnsafe((levels + 1) * LEVEL_BYTES);
  let at = out.length;
  const head = (tag: number): void => {
    const length = out.length - at;
    at -= sizeOfVarint(length) + 1;
    out[at] = tag;
    putVarint(out, at + 1, length);
  };
  for (let i = 0; i < levels; i++) {
    head(0x2a);
    head(0x12);
    at -= 3;
    out.set([0x0a, 0x01, 0x61], at); // the key is a field of its own, not a head with a length behind it
    head(0x0a);
  }
  head(0x22);
  return out.subarray(at);
}
