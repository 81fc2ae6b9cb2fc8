import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseYamlDocument } from '../../lib/internal/yaml.ts';
import { connectApi, hasCondition } from '../../lib/testing/cluster/index.ts';
import { findProgram, PATH_FOLDERS } from '../support/programs.ts';
import { missingParts } from './support/binaries.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const UP_MS = 480_000; // a minute on a machine that has nothing else to do

interface Playground {
  readonly text: () => string;
  /** Sends it a signal and gives back its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

describe.skipIf(missingParts)('npm run e2e:up', { timeout: UP_MS + 120_000 }, () => {
  let folder: string; // where it writes, instead of the machine's own temporary folder
  let running: Playground | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bp-up-test-'));
  });
  afterEach(async () => {
    await running?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  async function up(until: RegExp): Promise<Playground> {
    const child = spawn(process.execPath, ['hack/run.mjs', 'test/e2e/up.ts'], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    const closed = once(child, 'close');
    running = {
      text: () => text,
      async end(signal) {
        running = undefined;
        child.kill(signal);
        const [code] = await closed;
        return code as number | null;
      },
    };
    const ended = closed.then(() => Promise.reject(new Error(`it ended:\n${text}`)));
    const deadline = Date.now() + UP_MS;
    const seen = (async () => {
      while (!until.test(text)) {
        if (Date.now() > deadline) throw new Error(`it does not come up:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })();
    await Promise.race([seen, ended]);
    ended.catch(() => undefined); // it is meant to end later
    return running;
  }

  /** Command lines of processes that have to do with the folder. */
  function left(): readonly string[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(folder) ? [line.trim()] : [];
      } catch {
        return [];
      }
    });
  }

  test('its kubeconfig works, the commands it prints do, and SIGTERM ends all of it', async () => {
    const playground = await up(/Ctrl-C ends everything/);
    const text = playground.text();
    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(text)?.[1] ?? '';
    const api = connectApi(accessOf(kubeconfig));
    const packages = await api.list('pkg.crossplane.io/v1', 'Configuration');
    expect(packages.length).toBeGreaterThan(0);
    expect(packages.every((p) => hasCondition(p, 'Healthy'))).toBe(true);
    api.close();
    const commands = [...text.matchAll(/^ {2}(kubectl .*)$/gm)].map((m) => m[1] ?? '');
    expect(commands.length).toBeGreaterThan(3);
    const kubectl = findProgram('kubectl', PATH_FOLDERS) !== undefined;
    for (const command of kubectl ? commands : []) {
      const [program = '', ...args] = command.split(' ');
      const env = { ...process.env, KUBECONFIG: kubeconfig };
      expect(execFileSync(program, args, { cwd: ROOT, env, encoding: 'utf8' }), command).not.toBe('');
    }
    expect(left().length).toBeGreaterThan(3);
    expect(await playground.end('SIGTERM')).toBe(0);
    expect(left()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a signal while it starts leaves nothing behind either', async () => {
    const playground = await up(/starting crossplane core/);
    expect(left().length).toBeGreaterThan(1);
    expect(await playground.end('SIGINT')).toBe(0);
    expect(left()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

function accessOf(kubeconfig: string): { readonly url: string; readonly token: string; readonly ca: string } {
  const config = parseYamlDocument(readFileSync(kubeconfig, 'utf8'), kubeconfig) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
    readonly users: readonly { readonly user: { readonly token: string } }[];
  };
  const { server = '', 'certificate-authority-data': data = '' } = config.clusters[0]?.cluster ?? {};
  return {
    url: server,
    token: config.users[0]?.user.token ?? '',
    ca: Buffer.from(data, 'base64').toString('utf8'),
  };
}
