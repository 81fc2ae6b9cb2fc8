import type { DecidedRule } from '../rule.ts';

/** Rules that need a registry or an earlier version, with the command that decides them. */
export const NETWORK_RULES: readonly DecidedRule[] = [
  {
    id: 'artifact-signed',
    hard: 1,
    tag: 'network',
    severity: 'error',
    decidedBy: 'bp verify',
    summary: 'the artifact is signed, in a form that every consumer accepts',
    why: 'Crossplane, Flux and admission policies install only what its publisher signed.',
    fix: 'bp publish signs what it pushes; bp sign signs what is there already; bp verify says who would accept it.',
    example: { wrong: 'crane push valkey.tar ghcr.io/acme/bp-valkey:1.0.0', right: 'bp publish valkey' },
    suppressible: false,
  },
  {
    id: 'artifact-sbom',
    hard: 2,
    tag: 'network',
    severity: 'error',
    decidedBy: 'bp verify',
    summary: 'the artifact carries an SBOM as an attestation',
    why: 'Who is told of a vulnerability must find out within minutes where it is installed.',
    fix: 'bp publish attests an SPDX document; bp verify reads it.',
    example: { wrong: 'bp push valkey', right: 'bp publish valkey' },
    suppressible: false,
  },
  {
    id: 'renamed-resource',
    hard: 22,
    tag: 'network',
    severity: 'error',
    decidedBy: 'a comparison with the previous version',
    summary: 'no composed resource that was shipped is renamed',
    why: 'A construct that is called otherwise is another object: the old one is deleted on upgrade, with what it holds.',
    fix: 'Keep the id of the construct. Where it must change, move the data first and say so under upgrades.blocks.',
    example: {
      wrong: "new Cluster(scope, 'db', …) // was 'database'",
      right: "new Cluster(scope, 'database', …)",
    },
    suppressible: false,
  },
];

const BY_VALIDATE = {
  tag: 'static',
  severity: 'error',
  decidedBy: 'bp validate',
  suppressible: false,
} as const;

/** What the validator itself finds. */
export const VALIDATE_RULES: readonly DecidedRule[] = [
  {
    ...BY_VALIDATE,
    id: 'object-schema',
    hard: 18,
    summary: 'every composed object passes the schema and the CEL rules of its kind, with every size',
    why: 'One object that the apiserver refuses stalls the whole release.',
    fix: 'Correct the field that is named; the finding proposes the nearest one that exists.',
    example: { wrong: 'spec: { replica: 2 }', right: 'spec: { replicas: 2 }' },
  },
  {
    ...BY_VALIDATE,
    id: 'config-schema',
    summary: 'config.schema.json can be held by Kubernetes, and sizes and values fit it',
    why: 'What the apiserver cannot hold cannot become the API of the Blueprint.',
    fix: 'Write the schema in the supported subset of JSON Schema; defaults must pass their own schema.',
    example: { wrong: '{ "type": "integer", "default": "2" }', right: '{ "type": "integer", "default": 2 }' },
  },
  {
    ...BY_VALIDATE,
    id: 'form-partial',
    severity: 'warning',
    summary: "the console's form can show every constraint of the config",
    why: 'What the form cannot show, a person finds out only when the config is refused.',
    fix: 'Say the constraint in the description of the field as well.',
    example: {
      wrong: '{ "pattern": "^[0-9]+Gi$" }',
      right: '{ "pattern": "^[0-9]+Gi$", "description": "Size in Gi, such as 4Gi." }',
    },
  },
  {
    ...BY_VALIDATE,
    id: 'edge-range',
    summary: 'every dependency and member is here, in the range that is asked for',
    why: 'What is missing is left out and reported on the XR.',
    fix: 'Widen the range, or bring the Blueprint up to it.',
    example: {
      wrong: "depends: { cnpg: { version: '^2.0' } } // cnpg is 1.0.0",
      right: "depends: { cnpg: { version: '^1.0' } }",
    },
  },
  {
    ...BY_VALIDATE,
    id: 'api-schema',
    summary: 'the generated XRD, Composition and package pass their own schemas, and CEL its cost limits',
    why: 'Crossplane refuses a package whose objects the apiserver refuses, rules that cost too much included.',
    fix: 'Correct what the finding names in defineBlueprint or config.schema.json; lists and texts that rules read want bounds.',
    example: { wrong: "kind: 'valkey'", right: "kind: 'Valkey'" },
  },
  {
    ...BY_VALIDATE,
    id: 'example',
    summary: 'there is an example XR of every size; it is valid, renders and comes to rest',
    why: 'Examples are what people copy, and what everything else is proven with.',
    fix: 'bp generate writes a first one; bp render EXAMPLE --until-ready shows what it does.',
    example: { wrong: 'spec: { size: huge }', right: 'spec: { size: small }' },
  },
  {
    ...BY_VALIDATE,
    id: 'xr',
    summary: 'an XR passes the API of its Blueprint, and its config the conditions',
    why: 'The apiserver, and after it the function, would refuse it.',
    fix: 'Correct the field that is named.',
    example: { wrong: 'spec: { config: { replica: 2 } }', right: 'spec: { config: { replicas: 2 } }' },
  },
  {
    ...BY_VALIDATE,
    id: 'unknown-kind',
    severity: 'warning',
    summary: 'the schema of every kind is at hand',
    why: 'An object of an unknown kind is not checked at all.',
    fix: 'Give the CRD with --crds.',
    example: { wrong: 'bp validate widget.yaml', right: 'bp validate widget.yaml --crds crds/' },
  },
  {
    ...BY_VALIDATE,
    id: 'immutable',
    summary: 'an update changes nothing that cannot be changed',
    why: 'The apiserver refuses it, and GitOps retries for ever.',
    fix: 'Keep the field, or make a new object and move what it holds.',
    example: {
      wrong: 'bp validate new.yaml --previous old.yaml # spec.config.engine differs',
      right: 'keep spec.config.engine',
    },
  },
  {
    ...BY_VALIDATE,
    id: 'document',
    summary: 'a file is YAML (or JSON) that holds Kubernetes objects',
    why: 'Nothing can be said of what cannot be read.',
    fix: 'Correct the line that is named.',
    example: { wrong: 'spec: {size: small', right: 'spec: {size: small}' },
  },
  {
    ...BY_VALIDATE,
    id: 'suppression',
    summary:
      'lint.json names rules that exist, gives a reason for each, and suppresses nothing that is not there',
    why: 'A suppression without a reason is a rule that was switched off; one that is not needed any more hides the next.',
    fix: 'Write why it is right here, in a sentence; remove the entry when nothing is found any more.',
    example: {
      wrong: '{ "lint": [{ "rule": "image-pinned" }] }',
      right: '{ "lint": [{ "rule": "traces", "reason": "Valkey has no tracing." }] }',
    },
  },
];
