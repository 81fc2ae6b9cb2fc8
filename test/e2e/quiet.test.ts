import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { missingParts } from './support/binaries.ts';
import { ADVISED_BREAKER, type Published, publishAll } from './support/platform.ts';
import { quietTable, stormTable } from './support/quiet-report.ts';
import { type Side, type Storm, startSide, storm } from './support/quiet-side.ts';
import { type Quiet, waitCalm, watchQuiet } from './support/quiet-window.ts';
import { writeJsonReport, writeSection } from './support/reports.ts';

const MINUTES = Number(process.env.E2E_QUIET_MINUTES ?? 20);
const XRS = Number(process.env.E2E_QUIET_XRS ?? 300);
const ROUND_SECONDS = 15; // creation and three edits of each XR in a minute, if the machine takes them
const SETTLE_MS = 600_000;
const STOCK_SETTLE_MS = 420_000; // longer than an open breaker stays open
const TTL_MINUTES = 10;
const JITTER = 0.9; // core comes back up to a tenth earlier than the ttl says
const MINUTE = 60_000;

const ignore = (): void => undefined;

// Ours as our pages advise it beside the defaults: core's breaker, and the stock SDK with its ttl of a minute.
describe.skipIf(missingParts)('quiet', () => {
  let published: Published;
  let ours: Side;
  let stock: Side;
  const storms = new Map<string, Storm>();
  const quiets = new Map<string, Quiet>();

  beforeAll(async () => {
    published = await publishAll();
    const script = join(import.meta.dirname, 'support', 'stock-host.ts');
    ours = await startSide(published, { name: 'ours', crossplaneFlags: [ADVISED_BREAKER] });
    stock = await startSide(published, { name: 'stock', script });
  }, 10 * MINUTE);
  afterAll(async () => {
    await ours?.stop();
    await stock?.stop();
    await published?.close();
  });

  test(`${XRS} XRs are created, and each edited three times within a minute`, {
    timeout: 30 * MINUTE,
  }, async () => {
    onTestFailed(
      () => void process.stderr.write(`${ours.cluster.logs('crossplane', 5)}\n${ours.host.child.tail(20)}\n`),
    );
    // What becomes of the default is recorded, not required: with it XRs may still be behind when this ends.
    // One after the other: each has the machine to itself, and two cores are enough.
    const mine = await storm(ours, published, XRS, ROUND_SECONDS, SETTLE_MS);
    const theirs = await storm(stock, published, XRS, ROUND_SECONDS, STOCK_SETTLE_MS);
    storms.set('ours', mine).set('stock', theirs);
    process.stderr.write(`${JSON.stringify([...storms])}\n`);
    expect(mine.opened, 'watch circuit breakers that opened').toBe(0);
    expect(mine.dropped).toBe(0);
    expect(mine.unresponsive).toBe(0);
    expect(mine.behind, 'XRs that lost an edit').toBe(0);
  });

  test(`nothing moves in ${MINUTES} minutes without a change`, {
    timeout: (MINUTES + 30) * MINUTE,
  }, async () => {
    const { project } = published;
    await waitCalm(ours, project);
    await waitCalm(stock, project).catch(ignore); // an open breaker may let it move for minutes
    const [mine, theirs] = await Promise.all([
      watchQuiet(ours, project, MINUTES),
      watchQuiet(stock, project, MINUTES),
    ]);
    quiets.set('ours', mine);
    quiets.set('stock', theirs);
    writeJsonReport('quiet.json', { storms: Object.fromEntries(storms), quiet: Object.fromEntries(quiets) });
    writeSection('README.md', 'quiet', `${stormTable(storms)}\n\n${quietTable(quiets)}`);
    expect(mine.moved).toEqual([]);
    expect(mine.objects).toBeGreaterThan(mine.xrs);
    expect(mine.opened).toBe(0);
    const most = Math.floor(MINUTES / (TTL_MINUTES * JITTER)) + 1;
    expect(mine.reconcilesPerXr, 'only the ttl brings core back').toBeLessThanOrEqual(most);
    if (MINUTES > TTL_MINUTES / JITTER)
      expect(mine.reconcilesPerXr, 'the ttl does bring core back').toBeGreaterThanOrEqual(1);
  });
});
