import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DOCS: string = join(import.meta.dirname, '..', '..', '..', 'docs', 'e2e');
let folder: string | undefined;

/**
 * Keeps what a part measured: below docs/e2e with E2E_WRITE=1, else in a temporary folder that it names, so that a run
 * leaves the tree as it was.
 */
export function writeReport(name: string, text: string): void {
  folder ??= process.env.E2E_WRITE === '1' ? DOCS : mkdtempSync(join(tmpdir(), 'bp-e2e-report-'));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, text);
  process.stderr.write(`measured: ${path}\n`);
}

/** As JSON for programs that compare runs. */
export function writeJsonReport(name: string, value: object): void {
  writeReport(name, `${JSON.stringify(value, null, 2)}\n`);
}

/** Puts a generated part between its two markers into a page of docs/e2e, with E2E_WRITE=1; else beside the others. */
export function writeSection(page: string, marker: string, text: string): void {
  const before = `<!-- ${marker} -->`;
  const after = `<!-- /${marker} -->`;
  const old = readFileSync(join(DOCS, page), 'utf8');
  const [start, end] = [old.indexOf(before), old.indexOf(after)];
  if (start < 0 || end < start) throw new Error(`docs/e2e/${page} has no place for ${marker}`);
  writeReport(page, `${old.slice(0, start + before.length)}\n\n${text.trim()}\n\n${old.slice(end)}`);
}
