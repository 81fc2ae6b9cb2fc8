// Time from a save to the new output of `bp render --watch`, in a warm process: node test/bench/watch.ts
import { join } from 'node:path';
import { main } from '../../lib/cli/main.ts';

const root = join(import.meta.dirname, '../..');
const FILE = 'blueprints/products/cortex/blueprint.ts';
const SAVES = 30;
const WARM = 5;
const PAUSE_MS = 20;

const stop = new AbortController();
const times: number[] = [];
let save: (path: string) => void = () => undefined;
let start = 0;

function shown(): void {
  if (start > 0) times.push(performance.now() - start);
  if (times.length === SAVES) stop.abort();
  else {
    setTimeout(() => {
      start = performance.now();
      save(FILE);
    }, PAUSE_MS);
  }
}

await main(['render', '-C', root, join(root, 'blueprints/products/cortex/examples/small.yaml'), '--watch'], {
  stdout: { write: shown },
  stderr: process.stderr,
  stdin: process.stdin,
  env: {},
  cwd: root,
  isTTY: false,
  columns: 100,
  signal: stop.signal,
  watch: (_folder, onSave) => {
    save = onSave;
    return { close: () => undefined };
  },
});
const warm = times.slice(WARM).sort((a, b) => a - b);
const at = (share: number): string => (warm[Math.floor(warm.length * share)] ?? 0).toFixed(1);
console.log(
  `save to output, cortex: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, best ${at(0)} ms (${warm.length} saves)`,
);
