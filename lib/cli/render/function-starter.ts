import { ToolkitError } from '../../errors.ts';
import { freePort } from '../../internal/ports.ts';
import type { Cli } from '../command.ts';
import { StartedFunction } from './started-function.ts';

/**
 * The functions that `--function NAME=COMMAND` names. They run from the first render until `stop`, so that `--watch` keeps
 * them; one that ended is started again.
 */
export class FunctionStarter {
  readonly #cli: Cli;
  readonly #commands: ReadonlyMap<string, string>;
  readonly #started = new Map<string, StartedFunction>();

  /** @throws ToolkitError `usage` for what is not NAME=COMMAND */
  constructor(cli: Cli, given: readonly string[]) {
    this.#cli = cli;
    this.#commands = new Map(given.map(parseFunction));
  }

  /**
   * Starts what is not running, and gives the addresses by name. `pipeline` holds the names that the Composition has.
   * @throws ToolkitError `usage` for a name that it lacks; `compose` or `limit` for a command that does not come up
   */
  async start(pipeline: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const stray = [...this.#commands.keys()].find((name) => !pipeline.has(name));
    if (stray !== undefined) {
      throw new ToolkitError(
        'usage',
        `Cannot start function "${stray}": no step of the Composition names it`,
        {
          remedy: `its steps name ${[...pipeline].join(', ')}`,
        },
      );
    }
    const starting = await Promise.allSettled([...this.#commands].map((entry) => this.#start(entry, signal)));
    const failed = starting.find((s) => s.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return new Map([...this.#started].map(([name, { address }]) => [name, address]));
  }

  async #start([name, command]: readonly [string, string], signal: AbortSignal): Promise<void> {
    const before = this.#started.get(name);
    if (before?.running === true) return;
    await before?.stop(); // what its command left behind
    const { directory, io } = this.#cli;
    const fn = new StartedFunction({ name, command, directory, env: io.env }, await freePort());
    this.#started.set(name, fn); // one that does not come up still says why, and is stopped like the others
    await fn.listening(signal);
  }

  /** What the functions said last, each line with the name of its function. */
  get tail(): readonly string[] {
    return [...this.#started.values()].flatMap(({ name, tail }) => tail.map((line) => `${name} | ${line}`));
  }

  /** Ends all of them. Never rejects. */
  async stop(): Promise<void> {
    await Promise.all([...this.#started.values()].map((fn) => fn.stop()));
    this.#started.clear();
  }
}

function parseFunction(text: string): [string, string] {
  const at = text.indexOf('=');
  const [name, command] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at > 0 && name !== '' && command !== '') return [name, command];
  throw new ToolkitError('usage', `Cannot read --function "${text.slice(0, 100)}": write NAME=COMMAND`);
}
