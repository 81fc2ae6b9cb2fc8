import { isObject, type JsonObject } from '../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt } from './checks.ts';
import { isCronSchedule, isTimeZone } from './cron-schedule.ts';
import { qualifiedName } from './names.ts';
import { checkPodTemplate } from './pods/pod-spec.ts';

const POD_POLICIES = { restartPolicies: ['OnFailure', 'Never'] };
const COUNTS = [
  ...['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'],
  ...['backoffLimitPerIndex', 'maxFailedIndexes'],
];
const MAX_INDEXED_PARALLELISM = 100_000;
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_MANAGED_BY = 63;

export function checkJob(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  checkJobSpec(checks, spec, 'spec');
  if (spec.manualSelector !== true && spec.selector !== undefined)
    checks.add('spec.selector', 'may be set only with manualSelector', 'remove it: Kubernetes makes one');
  if (spec.manualSelector === true && spec.selector === undefined)
    checks.add('spec.selector', 'is required with manualSelector');
}

export function checkCronJob(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  if (checks.required(spec.schedule, 'spec.schedule')) checkSchedule(checks, textAt(spec, 'schedule'));
  if (spec.timeZone !== undefined && !isTimeZone(textAt(spec, 'timeZone')))
    checks.add('spec.timeZone', 'is no time zone', 'write one such as Europe/Vienna');
  checks.oneOf(spec.concurrencyPolicy, 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace']);
  for (const key of [
    'startingDeadlineSeconds',
    'successfulJobsHistoryLimit',
    'failedJobsHistoryLimit',
  ] as const)
    checks.number(spec[key], `spec.${key}`, 0);
  const job = objectAt(spec, 'jobTemplate', 'spec');
  checkJobSpec(checks, job, 'spec.jobTemplate.spec');
  if (job.manualSelector === true)
    checks.add('spec.jobTemplate.spec.manualSelector', 'must not be true here');
  if (job.selector !== undefined)
    checks.add('spec.jobTemplate.spec.selector', 'may not be set here', 'remove it');
}

function checkSchedule(checks: Checks, schedule: string): void {
  if (/TZ/.test(schedule)) checks.add('spec.schedule', 'must not name a time zone', 'use spec.timeZone');
  else if (!isCronSchedule(schedule))
    checks.add('spec.schedule', 'is no schedule', 'write five fields such as "*/5 * * * *", or @daily');
}

function checkJobSpec(checks: Checks, spec: JsonObject, path: string): void {
  for (const key of COUNTS) checks.number(spec[key], `${path}.${key}`, 0);
  checks.oneOf(spec.completionMode, `${path}.completionMode`, ['NonIndexed', 'Indexed']);
  const indexed = spec.completionMode === 'Indexed';
  if (indexed) {
    if (spec.completions === undefined)
      checks.add(`${path}.completions`, 'is required with completionMode Indexed');
    checks.number(spec.parallelism, `${path}.parallelism`, 0, MAX_INDEXED_PARALLELISM);
    if (Number(spec.maxFailedIndexes ?? 0) > Number(spec.completions ?? 0))
      checks.add(`${path}.maxFailedIndexes`, 'must be at most completions');
  } else {
    for (const key of ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'] as const)
      if (spec[key] !== undefined) checks.add(`${path}.${key}`, 'asks for completionMode Indexed');
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    checks.add(`${path}.backoffLimitPerIndex`, 'is required beside maxFailedIndexes');
  checkPolicies(checks, spec, path);
  checkPodTemplate(checks, objectAt(spec, 'template'), `${path}.template`, POD_POLICIES);
}

function checkPolicies(checks: Checks, spec: JsonObject, path: string): void {
  const replacement = spec.podFailurePolicy === undefined ? ['TerminatingOrFailed', 'Failed'] : ['Failed'];
  if (spec.podReplacementPolicy !== undefined)
    checks.choice(textAt(spec, 'podReplacementPolicy'), `${path}.podReplacementPolicy`, replacement);
  if (typeof spec.managedBy === 'string') {
    const wrong = !/^[^/]+\/[^/]+/.test(spec.managedBy) || spec.managedBy.length > MAX_MANAGED_BY;
    if (wrong)
      checks.add(
        `${path}.managedBy`,
        `must be a name with a prefix, of at most ${MAX_MANAGED_BY} characters`,
      );
  }
  if (isObject(spec.podFailurePolicy)) checkFailurePolicy(checks, spec, path);
  if (!isObject(spec.successPolicy)) return;
  const rules = itemsAt(spec.successPolicy, 'rules', `${path}.successPolicy`);
  if (rules.length === 0) checks.add(`${path}.successPolicy.rules`, 'is required');
  for (const [rule, at] of rules) {
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined)
      checks.add(at, 'must have succeededCount or succeededIndexes');
    checks.number(rule.succeededCount, `${at}.succeededCount`, 1, Number(spec.completions ?? 1));
  }
}

function checkFailurePolicy(checks: Checks, spec: JsonObject, path: string): void {
  const rules = itemsAt(spec.podFailurePolicy, 'rules', `${path}.podFailurePolicy`);
  if (rules.length > MAX_RULES)
    checks.add(`${path}.podFailurePolicy.rules`, `must have at most ${MAX_RULES} items`);
  const pod = objectAt(spec, 'template', 'spec');
  if (pod.restartPolicy !== 'Never' && pod.restartPolicy !== undefined)
    checks.add(`${path}.template.spec.restartPolicy`, 'must be "Never" beside podFailurePolicy');
  const names = [...itemsAt(pod, 'containers', ''), ...itemsAt(pod, 'initContainers', '')].map(
    ([c]) => c.name,
  );
  for (const [rule, at] of rules) {
    const actions = [
      'FailJob',
      'Ignore',
      'Count',
      ...(spec.backoffLimitPerIndex === undefined ? [] : ['FailIndex']),
    ];
    checks.choice(textAt(rule, 'action'), `${at}.action`, actions);
    const conditions = itemsAt(rule, 'onPodConditions', at);
    if (isObject(rule.onExitCodes) === conditions.length > 0)
      checks.add(at, 'must have exactly one of onExitCodes and onPodConditions');
    for (const [condition, where] of conditions) {
      checks.text(condition.type ?? '', `${where}.type`, qualifiedName);
      checks.oneOf(condition.status ?? 'True', `${where}.status`, ['True', 'False', 'Unknown']);
    }
    if (isObject(rule.onExitCodes)) checkExitCodes(checks, rule.onExitCodes, `${at}.onExitCodes`, names);
  }
}

function checkExitCodes(
  checks: Checks,
  codes: JsonObject,
  path: string,
  containers: readonly unknown[],
): void {
  const operator = textAt(codes, 'operator');
  checks.choice(operator, `${path}.operator`, ['In', 'NotIn']);
  if (codes.containerName !== undefined && !containers.includes(codes.containerName))
    checks.add(`${path}.containerName`, 'is no container of the pod');
  const values = Array.isArray(codes.values) ? (codes.values as readonly unknown[]) : [];
  if (values.length === 0 || values.length > MAX_EXIT_CODES)
    checks.add(`${path}.values`, `must have 1 to ${MAX_EXIT_CODES} items`);
  if (operator === 'In' && values.includes(0))
    checks.add(`${path}.values`, 'must not hold 0 with operator In');
  checks.unique(values, (i) => `${path}.values[${i}]`);
  const sorted = values.every((value, i) => i === 0 || Number(values[i - 1]) <= Number(value));
  if (!sorted) checks.add(`${path}.values`, 'must be in ascending order');
}
