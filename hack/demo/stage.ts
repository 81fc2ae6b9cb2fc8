import { styleText } from 'node:util';

/** What the demonstration prints: numbered parts, steps with their time, indented details. No terminal is needed. */
export class Stage {
  #part = 0;
  readonly #start: number = performance.now();

  part(title: string): void {
    this.#part += 1;
    process.stdout.write(`\n${bold(`${this.#part}. ${title}`)}\n`);
  }

  /** Does a step, and says what came of it and how long it took. */
  async step<T>(work: () => Promise<T>, said: (result: T) => string): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.line(`${styleText('green', '✓')} ${said(result)} ${dim(duration(performance.now() - start))}`);
    return result;
  }

  line(text: string): void {
    process.stdout.write(`   ${text}\n`);
  }

  /** Text of several lines, indented. */
  block(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.line(line);
  }

  end(): string {
    return duration(performance.now() - this.#start);
  }
}

export function bold(text: string): string {
  return styleText('bold', text);
}

export function dim(text: string): string {
  return styleText('dim', text);
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
