import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Where a source tree comes from. */
export interface GitState {
  /** Commit, in hexadecimal. */
  readonly revision: string;
  /** The tree differs from the commit. */
  readonly dirty: boolean;
  /** `https://github.com/acme/platform`, without credentials; absent when there is no remote. */
  readonly source?: string;
}

/** The one thing that is asked of version control. */
export interface Git {
  /** The state of the tree that holds a directory; undefined outside any. */
  describe(directory: string): Promise<GitState | undefined>;
}

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024; // 16 MiB of changed paths

/** The `git` of this machine; without it, no provenance says where the source was. */
export const systemGit: Git = {
  async describe(directory) {
    const git = async (...args: readonly string[]): Promise<string | undefined> => {
      try {
        const options = { cwd: directory, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
        return (await run('git', ['--no-optional-locks', ...args], options)).stdout.trim();
      } catch {
        return undefined; // no git, no repository, no commit, no remote: all of them mean that nothing is known
      }
    };
    const revision = await git('rev-parse', '--verify', 'HEAD');
    if (revision === undefined || !/^[0-9a-f]{40,64}$/.test(revision)) return undefined;
    const changes = await git('status', '--porcelain', '--', '.');
    const source = webAddress((await git('config', '--get', 'remote.origin.url')) ?? '');
    return { revision, dirty: changes !== '', ...(source === undefined ? {} : { source }) };
  },
};

/** A remote as an https address: `git@github.com:acme/x.git` → `https://github.com/acme/x`; no user, no password. */
export function webAddress(remote: string): string | undefined {
  const scp = /^(?:[\w.-]+@)?([\w.-]+\.[\w.-]+):(?!\/\/)([\w./~-]+)$/.exec(remote);
  const text = scp === null ? remote : `https://${scp[1]}/${scp[2]}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^(https?|ssh|git):$/.test(url.protocol) || url.hostname === '') return undefined;
  return `https://${url.hostname}${url.pathname.replace(/\.git$/, '').replace(/\/+$/, '')}`;
}
