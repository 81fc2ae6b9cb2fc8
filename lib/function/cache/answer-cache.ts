import { copyOwn, freeOwn } from '../../internal/own-bytes.ts';
import type { Slice } from '../codec/reader.ts';
import type { LazyRequest } from '../codec/request-view.ts';
import type { Served } from '../host/router.ts';
import type { FunctionResult } from '../protocol.ts';
import type { ReadLog } from './recording.ts';
import { sameButTag, tagIn, withTag } from './splice-tag.ts';

const PATIENCE = 2; // misses in a row after which reads are written down only now and then
const RETRY_EVERY = 16; // calls

/** How an answer came about: `same` request but for its tag, same `reads`, or composed (`miss`, `off`). */
export type CacheOutcome = 'same' | 'reads' | 'miss' | 'off';

export interface CachedAnswer {
  readonly encoded: Buffer;
  readonly results: readonly FunctionResult[];
  readonly outcome: CacheOutcome;
}

interface Entry {
  readonly served: Served;
  readonly log: ReadLog;
  readonly encoded: Buffer;
  readonly encodedTag: Slice;
  readonly results: readonly FunctionResult[];
  /** The last request that this was the answer to. */
  request: LazyRequest;
  requestTag: Slice;
  weight: number;
}

const MAX_COUNTED = 10_000; // XRs
const ENTRY_WEIGHT = 1024; // bytes of an entry besides what it holds
const MAX_SHARE = 8; // one entry may take an eighth of the whole

/**
 * The last answer to each XR, for as long as what its compose function read is unchanged. A compose function is pure,
 * so the same reads mean the same answer, and reads that depend on earlier ones are the same once those are.
 * Bounded in bytes; what was asked for longest ago goes first.
 */
export class AnswerCache {
  private readonly maxBytes: number;
  private readonly entries = new Map<string, Entry>();
  private readonly misses = new Map<string, number>();
  private held = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.entries.size;
  }

  /**
   * Is the next answer worth keeping? Writing reads down costs a fifth of a call: an XR that changes in each of its
   * calls has to pay that only now and then.
   */
  wants(key: string): boolean {
    const missed = this.misses.get(key) ?? 0;
    if (this.misses.size > MAX_COUNTED) this.misses.clear();
    this.misses.set(key, missed + 1);
    return missed < PATIENCE || missed % RETRY_EVERY === 0;
  }

  /** The answer to a request, with its own tag in it; undefined if it has to be composed. */
  find(key: string, served: Served, request: LazyRequest): CachedAnswer | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.served !== served) return undefined;
    const { bytes } = request;
    const tag = tagIn(bytes);
    if (tag === undefined || tag.end - tag.start !== entry.encodedTag.end - entry.encodedTag.start)
      return undefined;
    const same = tag.start === entry.requestTag.start && sameButTag(bytes, entry.request.bytes, tag);
    if (!same) {
      if (!samePassed(entry.request, request) || !entry.log.holdsFor(request)) return undefined;
      const growth = bytes.length - entry.request.bytes.length;
      this.held += growth;
      entry.weight += growth;
      freeOwn(entry.request.bytes);
      entry.request = request.bare();
      entry.requestTag = tag;
    }
    this.misses.delete(key);
    this.entries.delete(key);
    this.entries.set(key, entry); // now the one that was asked for last
    this.shrink();
    const encoded = withTag(entry.encoded, entry.encodedTag, tag);
    return { encoded, results: entry.results, outcome: same ? 'same' : 'reads' };
  }

  /** Keeps an answer, unless what it was made from cannot be compared or it is too large. */
  keep(
    key: string,
    served: Served,
    request: LazyRequest,
    log: ReadLog,
    answer: { readonly encoded: Buffer; readonly results: readonly FunctionResult[] },
  ): void {
    this.drop(key);
    if (log.unrepeatable) return;
    const requestTag = tagIn(request.bytes);
    const encodedTag = tagIn(answer.encoded);
    if (requestTag === undefined || encodedTag === undefined) return;
    const weight = ENTRY_WEIGHT + log.weight + request.bytes.length + answer.encoded.length;
    if (weight > this.maxBytes / MAX_SHARE) return;
    this.entries.set(key, {
      ...answer,
      encoded: copyOwn(answer.encoded),
      served,
      log,
      encodedTag,
      request: request.bare(),
      requestTag,
      weight,
    });
    this.held += weight;
    this.shrink();
  }

  private drop(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.held -= entry.weight;
    this.entries.delete(key);
    freeOwn(entry.request.bytes);
    freeOwn(entry.encoded);
  }

  private shrink(): void {
    for (const key of this.entries.keys()) {
      if (this.held <= this.maxBytes) return;
      this.drop(key);
    }
  }
}

/** Desired state and context of earlier steps pass through into the answer, so they must be the same bytes. */
function samePassed(a: LazyRequest, b: LazyRequest): boolean {
  return sameSlice(a.desiredSlice, b.desiredSlice) && sameSlice(a.contextSlice, b.contextSlice);
}

function sameSlice(a: Slice | undefined, b: Slice | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.buf.compare(b.buf, b.start, b.end, a.start, a.end) === 0;
}
