import { copyOwn } from '../../internal/own-bytes.ts';
import { Reader, type Slice } from '../codec/reader.ts';

const META = 10; // field 1 of both messages
const TAG = 10; // field 1 of both metas

/**
 * Where the tag's text lies in a request or a response: undefined unless the message has one meta with one tag.
 * The bytes around it are everything else that the message says.
 */
export function tagIn(bytes: Buffer): Slice | undefined {
  const reader = new Reader({ buf: bytes, start: 0, end: bytes.length });
  let meta: Slice | undefined;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag !== META) reader.skip(tag);
    else if (meta === undefined) meta = reader.slice();
    else return undefined;
  }
  if (meta === undefined) return undefined;
  const inner = new Reader(meta);
  let found: Slice | undefined;
  while (inner.pos < inner.end) {
    const tag = inner.tag();
    if (tag !== TAG) inner.skip(tag);
    else if (found === undefined) found = inner.slice();
    else return undefined;
  }
  return found;
}

/** A copy of a message with another tag of the same length in it. */
export function withTag(bytes: Buffer, at: Slice, tag: Slice): Buffer {
  const out = copyOwn(bytes);
  tag.buf.copy(out, at.start, tag.start, tag.end);
  return out;
}

/** Are the messages the same but for their tags, which lie at the same place? */
export function sameButTag(a: Buffer, b: Buffer, tag: Slice): boolean {
  const { start, end } = tag;
  const { length } = a;
  return (
    length === b.length &&
    a.compare(b, 0, start, 0, start) === 0 &&
    a.compare(b, end, length, end, length) === 0
  );
}
