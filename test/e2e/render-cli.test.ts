import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBp } from '../../lib/cli/io.test-helper.ts';
import type { Host } from '../../lib/function/index.ts';
import { parseYaml } from '../../lib/internal/yaml.ts';
import { type Result, run } from '../support/process.ts';
import { findRenderTool, missingRenderTools } from '../support/render-tools.ts';
import { startScriptHost } from './support/engine.ts';
import { type RenderCase, renderCases, STRESSES } from './support/render-corpus.ts';
import { writeCase } from './support/render-files.ts';
import { differing, inPairs, nameless, sorted } from './support/verdict.ts';

const SEED = Number(process.env.BP_RENDER_SEED ?? 20_252);
const EACH = Number(process.env.BP_RENDER_CASES ?? 27); // eight stresses: 216 cases
const SHOWN = 20;

const missing = missingRenderTools('crossplane', 'crossplane-cli');

/** What to print beside the objects, by turns. */
const FLAGS: readonly (readonly string[])[] = [[], ['-r'], ['-c'], ['-x'], ['-r', '-c', '-x']];

/** Where Crossplane's command and ours disagree. */
function verdict(
  theirs: Result,
  ours: { readonly code: number; readonly stdout: string; readonly stderr: string },
) {
  if (theirs.code === 0 && ours.code === 0) {
    return differing(
      sorted(parseYaml(theirs.stdout, 'theirs')),
      sorted(parseYaml(ours.stdout, 'ours')),
      'out',
    );
  }
  if (theirs.code === 0 || ours.code === 0) {
    return [`exit ${theirs.code} ≠ ours ${ours.code}: ${theirs.stderr} ${ours.stderr}`];
  }
  const { error } = JSON.parse(ours.stderr) as { readonly error: { readonly message: string } };
  if (error.message.startsWith('Cannot render: observed resource')) return [];
  const said = error.message.slice(error.message.indexOf('": ') + 3);
  return nameless(theirs.stderr).includes(nameless(said))
    ? []
    : [`"${theirs.stderr.trim()}" lacks ours "${said}"`];
}

describe.skipIf(missing)('crossplane composition render and bp render agree', () => {
  let host: Host;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bp-render-'));
    host = await startScriptHost();
  });
  afterAll(async () => {
    await host?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function compare(
    one: RenderCase,
    name: string,
    flags: readonly string[],
  ): Promise<readonly string[]> {
    const [core = '', cli = ''] = [findRenderTool('crossplane'), findRenderTool('crossplane-cli')];
    const args = [...writeCase(join(folder, name), one, `127.0.0.1:${host.port}`), ...flags];
    const [theirs, ours] = await Promise.all([
      run(cli, ['composition', 'render', ...args, `--crossplane-binary=${core}`]),
      runBp(['render', ...args, '-o', 'yaml'], { cwd: folder }),
    ]);
    return verdict(theirs, ours);
  }

  test.for(STRESSES)('%s', async (stress) => {
    const found: string[] = [];
    await inPairs(renderCases(stress, EACH, SEED), async (one, index) => {
      const flags = FLAGS[index % FLAGS.length] ?? [];
      for (const line of await compare(one, `${stress}-${index}`, flags)) {
        found.push(`${stress} ${SEED}/${index} ${flags.join(' ')} ${line}`);
      }
    });
    expect(found.sort().slice(0, SHOWN)).toEqual([]);
  });
});
