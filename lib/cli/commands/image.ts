import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { valid } from 'semver';
import { ToolkitError } from '../../errors.ts';
import type { HostImage } from '../../pipeline/image/index.ts';
import type { Architecture } from '../../xpkg/index.ts';
import type { Cli, CliCommand } from '../command.ts';
import { userCacheFolder } from '../compile-cache.mjs';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openRegistries, PLAIN_HTTP, readRegistry, readSourceDate } from '../release/registry.ts';
import { readSigning, type SigningOptions, signingOptions } from '../release/signing-options.ts';

interface Options extends SigningOptions {
  readonly version: string;
  readonly platform: string;
  readonly base?: string;
  readonly out: string;
  readonly registry?: string;
  readonly plainHttp?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    signingOptions(
      command
        .description(
          'Builds the function package function-blueprints with every Blueprint of the project, without a container ' +
            'engine: Debian’s C library and CA certificates, Node, the host, nothing else. The same source gives the ' +
            'same digest. With --registry it is pushed, signed if --key or --keyless is given, and tagged last.',
        )
        .argument('<build>', 'what to do: build')
        .option('--version <semver>', 'version of the package', '1.0.0')
        .option('--platform <list>', 'platforms, with commas', 'linux/amd64,linux/arm64')
        .option('--base <ref>', 'build on this image, which brings glibc and libstdc++')
        .option('--out <dir>', 'the OCI layout, where no registry is given', 'dist')
        .option('--registry <host/path>', 'push to HOST/PATH/function-blueprints')
        .addOption(PLAIN_HTTP),
    ),
  examples: [
    'bp image build                                          into dist/',
    'bp image build --registry ghcr.io/acme --keyless        pushed and signed',
    'bp image build --platform linux/amd64 --base gcr.io/distroless/cc-debian12',
  ],
  async run(cli: Cli, args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const [verb, ...rest] = args;
    if (verb !== 'build' || rest.length > 0) {
      throw new ToolkitError('usage', `Cannot run "bp image ${args.join(' ').slice(0, 100)}"`, {
        remedy: 'write bp image build',
      });
    }
    if (valid(options.version) !== options.version || options.version.includes('+'))
      throw new ToolkitError(
        'usage',
        `Cannot use --version "${options.version}": it is not a semantic version`,
      );
    const architectures = readPlatforms(options.platform);
    const { loadProject } = await import('../../project/index.ts');
    const { buildHostImage, writeHostImage } = await import('../../pipeline/image/index.ts');
    const project = await loadProject(cli.directory);
    const client = await openRegistries(cli, options);
    try {
      const image = await buildHostImage(project, {
        version: options.version,
        architectures,
        ...readSourceDate(cli),
        ...(options.base === undefined ? {} : { base: await readBase(options.base, client) }),
        cacheDir: join(
          userCacheFolder(cli.io.env) ?? join(homedir(), '.cache'),
          'catalyst-blueprints',
          'image',
        ),
        signal: cli.io.signal,
        onStep: (step) => cli.note(step),
      });
      const reference =
        options.registry === undefined
          ? `${options.out}:${await writeHostImage(cli.path(options.out), image)}`
          : await publish(cli, options, options.registry, image, client);
      const { digest } = image.index.descriptor;
      cli.emit(
        { reference, digest, platforms: architectures.map((a) => `linux/${a}`) },
        () => `${reference} ${digest}\n`,
      );
    } finally {
      client.close();
    }
    return EXIT.ok;
  },
};

type Client = Awaited<ReturnType<typeof openRegistries>>;

async function publish(
  cli: Cli,
  options: Options,
  registry: string,
  image: HostImage,
  client: Client,
): Promise<string> {
  const { pushHostImage } = await import('../../pipeline/image/index.ts');
  const { checkVersionTag } = await import('../../pipeline/index.ts');
  const { signArtifact } = await import('../../signing/index.ts');
  const repository = `${await readRegistry(registry)}/function-blueprints`;
  const target = client.target(repository);
  const call = { signal: cli.io.signal };
  const { digest } = image.index.descriptor;
  const signing =
    options.key !== undefined || options.keyless === true ? await readSigning(cli, options) : undefined;
  const state = await checkVersionTag(target, image.version, digest, repository, call);
  const subject = state === 'same' ? image.index.descriptor : await pushHostImage(target, image, call);
  if (signing !== undefined)
    await signArtifact(target, subject, { reference: repository, ...signing, ...call });
  await target.tag(subject, image.version, call); // last: nobody sees a version that is not signed
  return `${repository}:${image.version}`;
}

function readPlatforms(text: string): readonly Architecture[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const known = new Map<string, Architecture>([
    ['linux/amd64', 'amd64'],
    ['linux/arm64', 'arm64'],
  ]);
  const found = names.flatMap((name) => known.get(name) ?? []);
  if (found.length !== names.length || !found.includes('amd64')) {
    throw new ToolkitError('usage', `Cannot build for --platform "${text.slice(0, 100)}"`, {
      remedy: 'write linux/amd64 or linux/amd64,linux/arm64: Crossplane resolves every index as linux/amd64',
    });
  }
  return found;
}

async function readBase(text: string, client: Client) {
  const { parseReference } = await import('../../oci/index.ts');
  const { registry, repository, tag, digest } = parseReference(text);
  return { target: client.target(`${registry}/${repository}`), reference: digest ?? tag ?? 'latest' };
}
