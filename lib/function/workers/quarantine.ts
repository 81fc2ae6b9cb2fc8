const FIRST_MS = 5000;
const LONGEST_MS: number = 5 * 60 * 1000;
const MAX_KEPT = 1000; // names; a peer chooses them only among what is served

interface Sentence {
  readonly strikes: number;
  readonly until: number;
  readonly reason: string;
}

/** Blueprints that ran away: not asked again for a while, which doubles each time. One good answer clears the name. */
export class Quarantine {
  private readonly sentences = new Map<string, Sentence>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** Names that are held at this moment. */
  get held(): readonly string[] {
    const now = this.now();
    return [...this.sentences].filter(([, s]) => s.until > now).map(([name]) => name);
  }

  /** Why `name` is not asked now; undefined if it may be. */
  reasonFor(name: string): string | undefined {
    const sentence = this.sentences.get(name);
    if (sentence === undefined || sentence.until <= this.now()) return undefined;
    const seconds = Math.ceil((sentence.until - this.now()) / 1000);
    return `it is in quarantine for ${seconds} s more, because ${sentence.reason}`;
  }

  strike(name: string, reason: string): void {
    const strikes = (this.sentences.get(name)?.strikes ?? 0) + 1;
    const until = this.now() + Math.min(LONGEST_MS, FIRST_MS * 2 ** (strikes - 1));
    if (this.sentences.size >= MAX_KEPT) this.sentences.clear();
    this.sentences.set(name, { strikes, until, reason });
  }

  clear(name: string): void {
    if (this.sentences.size > 0) this.sentences.delete(name);
  }
}
