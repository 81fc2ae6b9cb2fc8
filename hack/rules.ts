import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRules } from '../lib/lint/index.ts';

// Writes docs/rules.md from the rules themselves; lib/lint/rules.test.ts says when it is stale.
writeFileSync(join(import.meta.dirname, '../docs/rules.md'), formatRules());
