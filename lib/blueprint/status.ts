import type { FunctionCondition } from '../function/protocol.ts';
import type { JsonObject } from '../internal/json.ts';
import type { Blueprint } from './define.ts';
import type { FoundDependency } from './dependencies.ts';
import type { ActiveMember } from './members.ts';
import type { OutputFields } from './types.ts';

export const PHASES = ['Pending', 'Provisioning', 'Ready', 'Degraded'] as const;
export type Phase = (typeof PHASES)[number];

/** One line of `status.components`: a composed object, or a declared one that is left out. */
export interface ComponentStatus {
  readonly name: string;
  readonly kind: string;
  readonly ready: boolean;
  readonly message?: string;
}

function objectSchema(fields: OutputFields): JsonObject {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, f.schema]));
  return { type: 'object', properties };
}

// Every answer is checked against it, so it is built once for each Blueprint.
const schemas = new WeakMap<Blueprint, JsonObject>();

/** Structural schema of `status`; the host checks its answer against it, the XRD declares it. */
export function statusSchema(blueprint: Blueprint): JsonObject {
  const known = schemas.get(blueprint) ?? buildSchema(blueprint);
  schemas.set(blueprint, known);
  return known;
}

function buildSchema(blueprint: Blueprint): JsonObject {
  const text = { type: 'string' };
  return {
    type: 'object',
    properties: {
      phase: { type: 'string', enum: [...PHASES], description: 'Where the installation stands.' },
      outputs: { ...objectSchema(blueprint.outputs), description: 'What others may build on.' },
      installed: {
        type: 'object',
        description: 'What composed the objects.',
        properties: { version: text, bundle: text },
      },
      components: {
        type: 'array',
        description: 'Every composed object, and what was left out, with the reason.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: {
          type: 'object',
          required: ['name', 'kind', 'ready'],
          properties: { name: text, kind: text, ready: { type: 'boolean' }, message: text },
        },
      },
      ...Object.fromEntries(Object.entries(blueprint.status).map(([name, f]) => [name, f.schema])),
    },
  };
}

export interface PhaseInput {
  /** `status.phase` of the last reconcile. */
  readonly before: string | undefined;
  /** A dependency is not ready: nothing new is composed. */
  readonly blocked: boolean;
  readonly allReady: boolean;
  /** Something that exists is not ready. */
  readonly anyUnready: boolean;
  /** Something exists, or is created now. */
  readonly anyComposed: boolean;
}

/** Pending until something is composed, then Provisioning, Ready once all is ready, Degraded if that is lost. */
export function phaseOf(input: PhaseInput): Phase {
  if (input.allReady && !input.blocked) return 'Ready';
  if ((input.before === 'Ready' || input.before === 'Degraded') && (input.anyUnready || input.blocked))
    return 'Degraded';
  return input.anyComposed ? 'Provisioning' : 'Pending';
}

/** Message of a declared Blueprint that the catalogue does not hold. */
export const LEFT_OUT = 'no Blueprint of this name in the catalogue: left out';

/** Conditions about other Blueprints; absent where none is declared. */
export function blueprintConditions(
  dependencies: readonly FoundDependency[],
  members: readonly ActiveMember[],
): readonly FunctionCondition[] {
  const out: FunctionCondition[] = [];
  const missing = [
    ...dependencies.filter((d) => !d.available).map((d) => d.spec.blueprint),
    ...members.filter((m) => m.entry === undefined).map((m) => m.spec.blueprint),
  ];
  if (dependencies.length + members.length > 0) {
    out.push(
      missing.length === 0
        ? { type: 'BlueprintsAvailable', status: 'True', reason: 'AllAvailable' }
        : {
            type: 'BlueprintsAvailable',
            status: 'False',
            reason: 'BlueprintMissing',
            message: `left out, because the catalogue has no such Blueprint: ${missing.join(', ')}`,
          },
    );
  }
  if (dependencies.length > 0) {
    const waiting = dependencies.filter((d) => d.available && !d.ready);
    out.push(
      waiting.length === 0
        ? { type: 'DependenciesReady', status: 'True', reason: 'AllReady' }
        : {
            type: 'DependenciesReady',
            status: 'False',
            reason: 'Waiting',
            message: waiting.map((d) => `${d.spec.alias}: ${d.message ?? 'not ready'}`).join('; '),
          },
    );
  }
  return out;
}
