import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ToolkitError } from '../errors.ts';
import { MAX_TAR_BYTES } from '../internal/untar.ts';

/** A tree as it stood in a commit. */
export interface ArchivedTree {
  readonly commit: string;
  /** Of the files below the directory that was asked for. */
  readonly tar: Uint8Array;
  /** What every path in it starts with: '' or the directory inside the repository, with a slash. */
  readonly prefix: string;
}

/** Reads old trees without touching the one that is checked out. */
export interface GitArchive {
  /** @throws ToolkitError `not-found` for a revision that is not there */
  archive(directory: string, revision: string): Promise<ArchivedTree>;
}

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

/** The `git` of this machine. */
export const systemGitArchive: GitArchive = {
  async archive(directory, revision) {
    const git = async (...args: readonly string[]): Promise<Buffer> => {
      const options = {
        cwd: directory,
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_TAR_BYTES,
        encoding: 'buffer' as const,
      };
      return (await run('git', ['--no-optional-locks', ...args], options)).stdout;
    };
    try {
      // A name that begins with a hyphen would be an option; the commit that comes back never does.
      const found = await git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`);
      const commit = found.toString('utf8').trim();
      return { commit, tar: await git('archive', '--format=tar', commit, '--', '.'), prefix: '' };
    } catch (cause) {
      throw new ToolkitError(
        'not-found',
        `Cannot read Git revision "${revision.slice(0, 100)}" of "${directory}"`,
        {
          cause,
          remedy: 'name a commit, tag or branch that "git rev-parse" finds here; a shallow clone may lack it',
        },
      );
    }
  },
};
