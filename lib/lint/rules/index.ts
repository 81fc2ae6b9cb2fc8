import type { LintRule, ReferenceRule, Rule } from '../rule.ts';
import { NETWORK_RULES, VALIDATE_RULES } from './decided.ts';
import { acceptanceTests, noHardcodedValue, readmeLinked, upgradePath, versionsTogether } from './folder.ts';
import { freeLicence, imagePinned } from './images.ts';
import { logsDeclared, metricsDeclared, observabilityOff, tracesDeclared } from './observability.ts';
import { healthProbes, recommendedLabels, recreateSingleWriter, volumeGroup } from './pods.ts';
import {
  backendUnmade,
  namespaceUnmade,
  providerUnknown,
  referenceUnmade,
  serviceSelectsNothing,
  sourceUnmade,
} from './references.ts';
import { noPlaintextSecret, noStaticToken } from './secrets.ts';
import { crdApart, fewObjects, notHollow } from './shape.ts';
import { bannedWord, removedComponent, reservedName } from './words.ts';

/** Rules that hold for any objects that are applied together. */
export const REFERENCE_RULES: readonly ReferenceRule[] = [
  referenceUnmade,
  serviceSelectsNothing,
  namespaceUnmade,
  backendUnmade,
  sourceUnmade,
];

/** Rules that look at a Blueprint, the hard rules in their order. */
export const LINT_RULES: readonly LintRule[] = [
  imagePinned,
  noPlaintextSecret,
  noStaticToken,
  healthProbes,
  metricsDeclared,
  logsDeclared,
  tracesDeclared,
  recommendedLabels,
  readmeLinked,
  acceptanceTests,
  upgradePath,
  observabilityOff,
  notHollow,
  crdApart,
  recreateSingleWriter,
  volumeGroup,
  noHardcodedValue,
  versionsTogether,
  freeLicence,
  ...REFERENCE_RULES,
  providerUnknown,
  bannedWord,
  removedComponent,
  reservedName,
  fewObjects,
];

const byHard = (rule: Rule): number => rule.hard ?? 100;

/** Every rule that `bp validate` and `bp explain` know: the platform's hard rules first, by number. */
export const RULES: readonly Rule[] = [...LINT_RULES, ...NETWORK_RULES, ...VALIDATE_RULES].toSorted(
  (a, b) => byHard(a) - byHard(b),
);

/** A rule by its id. */
export function findRule(id: string): Rule | undefined {
  return RULES.find((rule) => rule.id === id);
}
