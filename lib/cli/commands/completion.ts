import { Argument, type Command } from 'commander';
import type { Cli, CliCommand } from '../command.ts';
import { SCRIPTS, SHELLS } from '../completion/scripts.ts';
import type { ExitCode } from '../exit-code.ts';

const WORDS = 'words'; // what the scripts ask with

export const command: CliCommand = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Prints what a shell has to read to complete bp: commands, options and their values, the Blueprints of the ' +
          'project around the working directory.',
      )
      .addArgument(new Argument('<shell>', 'whose words').choices([...SHELLS, WORDS]))
      .argument('[word...]', 'with words: the command line so far'),
  examples: [
    'bp completion bash > ~/.local/share/bash-completion/completions/bp',
    'bp completion fish | source               in ~/.config/fish/config.fish',
    'source <(bp completion zsh)               in ~/.zshrc, after compinit',
  ],
  async run(cli: Cli, [shell, ...words]: readonly string[]): Promise<ExitCode | undefined> {
    if (shell === WORDS) {
      const { candidates } = await import('../completion/candidates.ts');
      cli.print((await candidates(words, cli)).map((word) => `${word}\n`).join(''));
      return undefined;
    }
    const known = SHELLS.find((name) => name === shell);
    if (known !== undefined) cli.print(SCRIPTS[known]);
    return undefined;
  },
};
