import type { SignatureFormat } from './entry.ts';
import type { CompiledPolicy } from './policy.ts';
import type { EntryReport } from './report.ts';

export type ConsumerName = 'crossplane' | 'flux' | 'cosign2' | 'cosign3';

/** What one consumer would say, configured with the same policy. */
export interface ConsumerVerdict {
  readonly consumer: ConsumerName;
  /** `Crossplane`, `Flux 2.8+` … for people. */
  readonly title: string;
  readonly accepted: boolean;
  readonly reason: string;
}

interface Consumer {
  readonly name: ConsumerName;
  readonly title: string;
  /** Looks at bundles first, and at nothing else once there is one. */
  readonly readsBundles: boolean;
  /** What it makes of a key's signature without a verified log entry. */
  readonly needsLog: 'always' | 'unless-ignored' | 'never';
  readonly checksAttestations: boolean;
}

const CONSUMERS: readonly Consumer[] = [
  {
    name: 'crossplane',
    title: 'Crossplane',
    readsBundles: false,
    needsLog: 'always',
    checksAttestations: true,
  },
  { name: 'flux', title: 'Flux 2.8+', readsBundles: true, needsLog: 'never', checksAttestations: false },
  {
    name: 'cosign2',
    title: 'cosign 2',
    readsBundles: false,
    needsLog: 'unless-ignored',
    checksAttestations: true,
  },
  {
    name: 'cosign3',
    title: 'cosign 3',
    readsBundles: true,
    needsLog: 'unless-ignored',
    checksAttestations: true,
  },
];

/** Says for each consumer whether it would accept the artifact, by the rules of its own code. */
export function judgeConsumers(
  entries: readonly EntryReport[],
  hasBundles: boolean,
  policy: CompiledPolicy,
): readonly ConsumerVerdict[] {
  return CONSUMERS.map((consumer) => {
    const { name, title } = consumer;
    return { consumer: name, title, ...judge(consumer, entries, hasBundles, policy) };
  });
}

function judge(
  consumer: Consumer,
  all: readonly EntryReport[],
  hasBundles: boolean,
  policy: CompiledPolicy,
): Pick<ConsumerVerdict, 'accepted' | 'reason'> {
  // No fallback: with one bundle there, by whomever, the .sig is not looked at any more.
  const format: SignatureFormat = consumer.readsBundles && hasBundles ? 'bundle' : 'legacy';
  const where = format === 'bundle' ? 'bundle' : '.sig';
  const entries = all.filter((entry) => entry.format === format);
  // cosign takes any verified bundle for a signature, an attestation too.
  const candidates = entries.filter((entry) => format === 'bundle' || entry.kind === 'signature');
  const passing = candidates.filter((entry) => passes(consumer, entry, policy));
  const signed = passing.find((entry) => entry.kind === 'signature') ?? passing[0];
  if (signed === undefined) return { accepted: false, reason: refusal(consumer, candidates, where, policy) };
  if (consumer.checksAttestations) {
    const missing = policy.predicateTypes.find(
      (type) =>
        !entries.some(
          (e) => e.kind === 'attestation' && e.predicateType === type && passes(consumer, e, policy),
        ),
    );
    if (missing !== undefined) {
      const place = format === 'bundle' ? 'bundle' : '.att';
      return { accepted: false, reason: `no ${place} attestation ${missing} by a trusted signer` };
    }
  }
  const note = signed.kind === 'signature' ? '' : ', though it is only an attestation';
  return { accepted: true, reason: `${where} signed by ${signed.signer ?? 'a trusted signer'}${note}` };
}

function passes(consumer: Consumer, entry: EntryReport, policy: CompiledPolicy): boolean {
  return entry.valid && entry.member !== undefined && logSuffices(consumer, entry, policy);
}

function logSuffices({ needsLog }: Consumer, entry: EntryReport, policy: CompiledPolicy): boolean {
  if (entry.log === 'verified' || needsLog === 'never') return true;
  return needsLog === 'unless-ignored' && policy.ignoreTlog;
}

function refusal(
  consumer: Consumer,
  candidates: readonly EntryReport[],
  where: string,
  policy: CompiledPolicy,
): string {
  if (candidates.length === 0) return `no ${where} signature found`;
  const unlogged = candidates.find(
    (e) => e.valid && e.member !== undefined && !logSuffices(consumer, e, policy),
  );
  if (unlogged?.log === 'absent') return `the ${where} by ${unlogged.signer} is in no transparency log`;
  if (unlogged !== undefined) return `the log entry of the ${where} cannot be checked without a trusted root`;
  const stranger = candidates.find((e) => e.valid);
  if (stranger !== undefined)
    return `the ${where} is signed by ${stranger.signer}, whom the policy does not trust`;
  return `the ${where} does not verify: ${candidates[0]?.reason ?? 'unknown'}`;
}
