import { ToolkitError } from '../errors.ts';
import type { CallOptions, Descriptor, ReadTarget } from '../oci/target.ts';
import { type CheckContext, checkEntry } from './check-entry.ts';
import { collectEntries } from './collect.ts';
import { judgeConsumers } from './consumers.ts';
import type { FoundEntry, SignatureFormat } from './entry.ts';
import { formatIdentity } from './identity.ts';
import { SIGN_V1 } from './media-types.ts';
import { type CompiledPolicy, compilePolicy, type VerificationPolicy } from './policy.ts';
import type { EntryReport, VerificationReport, VerifiedAttestation } from './report.ts';
import { parseStatement } from './statement.ts';
import type { TrustRoot } from './trust-material.ts';

export interface VerifyOptions extends CallOptions {
  /** Needed for keyless signers and for log entries; without it only a key with `ignoreTlog` can pass. */
  readonly trustedRoot?: TrustRoot;
}

/**
 * Verifies the signatures and attestations of a tag or digest against a policy, without any call but to the target.
 * @returns a report, also when the artifact is refused; `requireAccepted` turns that into an error
 * @throws ToolkitError `trust` for an unusable policy, `not-found` without the artifact, or what the target throws
 */
export async function verifyArtifact(
  target: ReadTarget,
  reference: string,
  policy: VerificationPolicy,
  options: VerifyOptions = {},
): Promise<VerificationReport> {
  const compiled = compilePolicy(policy);
  const subject = await target.resolve(reference, options);
  if (!subject.digest.startsWith('sha256:')) {
    throw new ToolkitError('unsupported', `Cannot verify "${reference}": only sha256 artifacts are signed`);
  }
  const { entries, unreadable } = await collectEntries(target, subject, options);
  const context: CheckContext = {
    artifact: subject.digest,
    keys: compiled.keys,
    ...(options.trustedRoot === undefined ? {} : { root: options.trustedRoot }),
  };
  const checked = entries.map((entry) => ({ entry, report: reportEntry(entry, context, compiled) }));
  const reports: EntryReport[] = [
    ...checked.map((c) => c.report),
    ...unreadable.map((u) => ({
      ...u,
      kind: 'unreadable' as const,
      valid: false,
      log: 'unchecked' as const,
    })),
  ];
  const hasBundles = reports.some((r) => r.format === 'bundle');
  const problems = compiled.strict ? strictProblems(reports, compiled) : anyProblems(reports, compiled);
  return {
    reference,
    ...pick(subject),
    accepted: problems.length === 0,
    problems,
    entries: reports,
    consumers: judgeConsumers(reports, hasBundles, compiled),
    attestations: checked.flatMap((c) => trustedAttestation(c.entry, c.report, compiled)),
  };
}

/** @throws ToolkitError `signature` with the first problems, if the report refuses the artifact */
export function requireAccepted(report: VerificationReport): void {
  if (report.accepted) return;
  const shown = report.problems.slice(0, 3).join('; ');
  const more = report.problems.length > 3 ? ` and ${report.problems.length - 3} more` : '';
  throw new ToolkitError(
    'signature',
    `Cannot accept "${report.reference}" (${report.digest}): ${shown}${more}`,
    {
      remedy: 'have it signed by an identity or key of the policy, in both formats',
    },
  );
}

function reportEntry(entry: FoundEntry, context: CheckContext, policy: CompiledPolicy): EntryReport {
  const { format, kind, predicateType, digest } = entry;
  const { valid, log, signer, reason } = checkEntry(entry, context);
  const member = signer && policy.members.find((m) => m.matches(signer));
  const why = valid && member === undefined ? 'the policy does not trust this signer' : reason;
  const unlogged = valid && member !== undefined && !logOk(log, policy) ? unloggedReason(log) : undefined;
  return {
    format,
    kind,
    predicateType,
    digest,
    valid,
    log,
    ...(signer === undefined ? {} : { signer: formatIdentity(signer) }),
    ...(valid && member !== undefined ? { member: member.name } : {}),
    ...(why === undefined && unlogged === undefined ? {} : { reason: why ?? unlogged ?? '' }),
  };
}

function logOk(log: EntryReport['log'], policy: CompiledPolicy): boolean {
  return log === 'verified' || policy.ignoreTlog;
}

function unloggedReason(log: EntryReport['log']): string {
  return log === 'absent'
    ? 'it is in no transparency log'
    : 'its log entry cannot be checked without a trusted root';
}

function counts(report: EntryReport, policy: CompiledPolicy): boolean {
  return report.valid && report.member !== undefined && logOk(report.log, policy);
}

function anyProblems(reports: readonly EntryReport[], policy: CompiledPolicy): string[] {
  const good = reports.filter((r) => counts(r, policy));
  const problems: string[] = [];
  if (!good.some((r) => r.kind === 'signature')) problems.push(noSignature(reports));
  for (const type of policy.predicateTypes) {
    if (good.some((r) => r.kind === 'attestation' && r.predicateType === type)) continue;
    problems.push(`no attestation ${type} by a trusted signer`);
  }
  return problems;
}

function strictProblems(reports: readonly EntryReport[], policy: CompiledPolicy): string[] {
  const good = reports.filter((r) => counts(r, policy));
  const problems: string[] = [];
  for (const { name } of policy.members) {
    for (const format of ['legacy', 'bundle'] as const) {
      for (const type of [SIGN_V1, ...policy.predicateTypes]) {
        const kind = type === SIGN_V1 ? 'signature' : 'attestation';
        const found = good.some(
          (r) => r.member === name && r.format === format && r.kind === kind && r.predicateType === type,
        );
        if (!found)
          problems.push(`no ${place(format, kind)} ${kind === 'signature' ? 'signature' : type} by ${name}`);
      }
    }
  }
  return problems;
}

function place(format: SignatureFormat, kind: 'signature' | 'attestation'): string {
  if (format === 'bundle') return 'bundle';
  return kind === 'signature' ? '.sig' : '.att';
}

/** The nearest miss says most: a valid stranger before a broken entry, that before nothing at all. */
function noSignature(reports: readonly EntryReport[]): string {
  const signatures = reports.filter((r) => r.kind === 'signature');
  const miss =
    signatures.find((r) => r.valid) ?? signatures[0] ?? reports.find((r) => r.kind === 'unreadable');
  if (miss === undefined) {
    return reports.length === 0
      ? 'no signatures found'
      : 'no signature found: an attestation alone is not a signature';
  }
  const by = miss.signer === undefined ? '' : ` by ${miss.signer}`;
  return `no signature by a trusted signer; the ${miss.format} one${by} does not count: ${miss.reason ?? 'unknown'}`;
}

function trustedAttestation(
  entry: FoundEntry,
  report: EntryReport,
  policy: CompiledPolicy,
): readonly VerifiedAttestation[] {
  if (entry.kind !== 'attestation' || !counts(report, policy)) return [];
  const { predicateType, predicate } = parseStatement(entry.payload);
  return [{ predicateType, predicate, signer: report.signer ?? '', format: entry.format }];
}

function pick({ digest, mediaType }: Descriptor): Pick<VerificationReport, 'digest' | 'mediaType'> {
  return { digest, mediaType };
}
