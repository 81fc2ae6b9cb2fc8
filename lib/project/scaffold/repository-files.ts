/** Versions that a new repository pins. */
export interface ToolVersions {
  readonly toolkit: string;
  readonly node: string;
  readonly nodeTypes: string;
  readonly typescript: string;
  readonly vitest: string;
}

/** Files of a new repository around its first Blueprint, by path below its root. */
export function repositoryFiles(
  name: string,
  example: string,
  versions: ToolVersions,
): ReadonlyMap<string, string> {
  return new Map([
    ['package.json', `${JSON.stringify(manifest(name, example, versions), null, 2)}\n`],
    ['tsconfig.json', `${JSON.stringify(TSCONFIG, null, 2)}\n`],
    ['.gitignore', 'node_modules/\ndist/\n.cache/\n.bp/\n'],
    ['README.md', readme(name, example)],
  ]);
}

function manifest(name: string, example: string, versions: ToolVersions): object {
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: {
      generate: 'bp generate',
      render: `bp render ${example} --until-ready`,
      check: 'bp generate --check && bp validate && tsc',
      test: 'vitest run',
    },
    // Where the packages of this repository live: dependsOn and Compositions name it.
    blueprints: { coordinates: `ghcr.io/example/${name}`, host: 'ghcr.io/openova-io/function-blueprints' },
    devDependencies: {
      '@openova/blueprints': `^${versions.toolkit}`,
      '@types/node': versions.nodeTypes,
      // Scripts run on this Node, whatever the machine has.
      node: versions.node,
      typescript: versions.typescript,
      vitest: versions.vitest,
    },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  },
  include: ['blueprints', 'functions'],
};

function readme(name: string, example: string): string {
  return `# ${name}

Platform Blueprints for Crossplane, in TypeScript.

\`\`\`sh
npm install
npm run render      # what ${example} composes, until it is ready
npm test
npm run generate    # XRD, Composition, manifests, tables: check them in
npm run check       # what CI runs
\`\`\`

Each folder below \`blueprints/\` is one Blueprint. \`npx bp new NAME\` starts another, \`npx bp --help\` lists the rest.
Packages will live under the \`coordinates\` in package.json: set them to your registry before you publish. \`host\` is the
function package that serves them. To build on Blueprints of another repository, save what \`bp catalog -o json\` prints there
and name the file: \`"catalogue": ["platform.json"]\`.
`;
}
