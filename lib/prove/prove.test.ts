import { describe, expect, test } from 'vitest';
import type { Blueprint } from '../blueprint/define.ts';
import { readyWhen } from '../blueprint/readiness.ts';
import type { JsonObject } from '../internal/json.ts';
import { ConfigMap, Deployment, Service } from '../kinds/core.ts';
import { ServiceMonitor } from '../kinds/prometheus.ts';
import { ApiResource } from '../kinds/resource.ts';
import { generateCases } from './cases.ts';
import { assembly, shop } from './fixture.test-helper.ts';
import { proveBlueprint, proveShare, type ShareRunner } from './prove.ts';

const replicas = { replicas: { type: 'integer', minimum: 1, maximum: 9, default: 1 } };
const name = { name: { type: 'string', maxLength: 20, default: 'x' } };
const many = { many: { type: 'integer', minimum: 0, maximum: 100, default: 0 } };
const toggle = { toggle: { type: 'boolean', default: false } };
let counter = 0;

interface Row {
  readonly reason: string;
  readonly blueprint: Blueprint;
  readonly want: { readonly rule: string; readonly path: RegExp; readonly config?: JsonObject | undefined };
}

const broken: Readonly<Record<string, Row>> = {
  ComposeThrows: {
    reason: 'the schema accepts nine replicas, compose does not',
    blueprint: shop({ ...replicas, ...name }, ({ config }) => {
      if (Number(config.replicas) > 6) throw new Error('too many');
      return undefined;
    }),
    want: { rule: 'compose', path: /Shop/, config: { replicas: 7 } },
  },
  WrongType: {
    reason: 'a Service port is a number of at most 65535: the apiserver says so, TypeScript does not',
    blueprint: shop({ port: { type: 'integer', minimum: 1, default: 80 } }, ({ scope, config }) => {
      new ConfigMap(scope, 'settings', { data: { port: String(config.port) } });
      new Deployment(scope, 'web', {
        spec: {
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { containers: [{ name: 'Web', image: 'x:1', ports: [] }] },
          },
        },
      });
      new ApiResource(scope, 'svc', { apiVersion: 'v1', kind: 'Service' }, {
        spec: { ports: [{ port: Number(config.port) > 40 ? 'http' : 80 }] },
      } as object);
      return undefined;
    }),
    want: { rule: 'schema', path: /Service .*spec\.ports\[0\]\.port/ },
  },
  NameFromConfig: {
    reason: 'a text of a user becomes the name of an object',
    blueprint: shop(name, ({ scope, config }) => {
      new ConfigMap(scope, 'settings', { metadata: { name: `my-${String(config.name)}` }, data: {} });
      return undefined;
    }),
    want: { rule: 'compose', path: /Shop/ },
  },
  PlainSecret: {
    reason: 'a password never stands in an object',
    blueprint: shop({}, ({ scope }) => {
      new ApiResource(scope, 'login', { apiVersion: 'v1', kind: 'Secret' }, {
        stringData: { password: 'hunter2' },
      } as object);
      return undefined;
    }),
    want: { rule: 'secret', path: /Secret .*stringData/, config: undefined },
  },
  TooMany: {
    reason: 'more than forty objects in one XR',
    blueprint: shop(many, ({ scope, config }) => {
      for (let i = 0; i < Number(config.many); i++) new ConfigMap(scope, `n${i}`, { data: {} });
      return undefined;
    }),
    want: { rule: 'count', path: /Shop/, config: { many: 41 } },
  },
  NeverReady: {
    reason: 'waits for a condition that nobody sets',
    blueprint: shop(toggle, ({ scope, config }) => {
      const web = new ConfigMap(scope, 'web', { data: {} });
      if (config.toggle) readyWhen(web, () => ({ ready: false, message: 'has no owner' }));
      return undefined;
    }),
    want: { rule: 'ready', path: /web/, config: { toggle: true } },
  },
  NeverRests: {
    reason: 'what it composes follows what it observes',
    blueprint: shop(toggle, ({ scope, config, observed }) => {
      const round = Number(observed.get('flip', 'data', 'round') ?? 0);
      const data = config.toggle ? { round: String(round + 1) } : {};
      new ConfigMap(scope, 'flip', { data });
      return undefined;
    }),
    want: { rule: 'rest', path: /^\.$/, config: { toggle: true } },
  },
  Counts: {
    reason: 'keeps something between calls',
    blueprint: shop({}, ({ scope }) => {
      new ConfigMap(scope, 'settings', {
        data: { calls: String(Math.min(++counter, 1e9) >= 0 ? counter : 0) },
      });
      return undefined;
    }),
    want: { rule: 'rest', path: /^\.$/ },
  },
  Monitors: {
    reason: 'observability is opted into',
    blueprint: shop({}, ({ scope }) => {
      new ServiceMonitor(scope, 'metrics', { spec: { selector: {}, endpoints: [] } });
      return undefined;
    }),
    want: { rule: 'default', path: /ServiceMonitor/, config: undefined },
  },
  Unlabelled: {
    reason: 'labels that were taken away again',
    blueprint: shop({}, ({ scope }) => {
      const map = new ConfigMap(scope, 'settings', { data: {} });
      Object.defineProperty(map, 'manifest', {
        value: () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'default' } }),
      });
      return undefined;
    }),
    want: { rule: 'labels', path: /ConfigMap/ },
  },
};

describe('a fault is found and shrunk', () => {
  test.for(Object.entries(broken))('%s', async ([, { reason, blueprint, want }]) => {
    const { faults } = await proveBlueprint(assembly(blueprint), blueprint, { cases: 60 });
    const found = faults.find((f) => f.rule === want.rule && want.path.test(f.path));
    expect(found, `${reason}: ${JSON.stringify(faults)}`).toBeDefined();
    if ('config' in want) {
      expect(found?.xr.spec, reason).toEqual(want.config === undefined ? {} : { config: want.config });
    }
  });
});

test('a compose that never ends for one config ends the proof, with the XR that shows it', async () => {
  let calls = 0;
  const endless = shop({ ...replicas, ...name }, ({ config }) => {
    if (config.replicas !== 9) return undefined;
    calls += 1;
    throw Object.assign(new Error('stopped'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
  });
  const { faults } = await proveBlueprint(assembly(endless), endless, { cases: 60 });
  expect(faults).toMatchObject([
    { rule: 'time', path: 'Shop', cases: 1, xr: { spec: { config: { replicas: 9 } } } },
  ]);
  expect(calls, 'neither in other cases nor to make it smaller').toBe(1);
});

test('a compose that answers otherwise when asked again is caught by its bytes', async () => {
  let calls = 0;
  const blueprint = shop(
    {},
    ({ scope }) => {
      new ConfigMap(scope, 'settings', { data: {} });
      return { status: { calls: (calls++ % 50) / 100 } } as never;
    },
    { status: { calls: { schema: { type: 'number' } } } as never },
  );
  const { faults } = await proveBlueprint(assembly(blueprint), blueprint, { cases: 1 });
  expect(faults.map((f) => f.rule)).toEqual(expect.arrayContaining(['again']));
});

test('a healthy Blueprint has none, whatever a user writes', async () => {
  const blueprint = shop({ ...replicas, ...name, ...toggle }, ({ scope, config }) => {
    const settings = new ConfigMap(scope, 'settings', { data: { name: String(config.name) } });
    const web = new Deployment(scope, 'web', {
      spec: {
        replicas: Number(config.replicas),
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'registry.example.org/web:1.0.0' }] },
        },
      },
    }).after(settings);
    if (config.toggle) new Service(scope, 'front', { spec: { ports: [{ port: 80 }] } }).after(web);
    return undefined;
  });
  const proof = await proveBlueprint(assembly(blueprint), blueprint, { cases: 120 });
  expect(proof.faults.map(({ xr: _, ...f }) => f)).toEqual([]);
  expect(proof.cases).toBeGreaterThanOrEqual(120);
});

describe('the cases', () => {
  const blueprint = shop(
    { ...replicas, ...toggle, mode: { type: 'string', enum: ['a', 'b'], default: 'a' } },
    () => undefined,
  );
  const specs = (seed: number): readonly JsonObject[] =>
    generateCases(blueprint, { seed, cases: 150, examples: new Map() }).cases.map(
      (c) => c.xr.spec as JsonObject,
    );

  test('hold every size in every placement, and every border of every field in every size', () => {
    const all = specs(1);
    for (const size of ['small', 'large']) {
      const own = all.filter((s) => s.size === size);
      for (const mode of [undefined, 'single-region', 'active-hotstandby']) {
        expect(
          own.filter((s) => (s.placement as JsonObject | undefined)?.mode === mode).length,
        ).toBeGreaterThan(0);
      }
      for (const config of [
        { replicas: 1 },
        { replicas: 9 },
        { toggle: true },
        { toggle: false },
        { mode: 'a' },
        { mode: 'b' },
      ]) {
        expect(
          own.map((s) => s.config),
          JSON.stringify(config),
        ).toContainEqual(config);
      }
    }
  });

  test('are the same for the same seed, and others for another', () => {
    expect(specs(3)).toEqual(specs(3));
    expect(specs(3)).not.toEqual(specs(4));
  });

  test('leave out what the conditions of the schema refuse, and say how many', () => {
    const strict = shop(
      { mode: { type: 'string', enum: ['a', 'b'], default: 'a' }, host: { type: 'string', minLength: 1 } },
      () => undefined,
      {
        schema: {
          ...JSON.parse(
            '{"if":{"required":["mode"],"properties":{"mode":{"const":"b"}}},"then":{"required":["host"]}}',
          ),
        },
      },
    );
    const { cases, refused } = generateCases(strict, { seed: 1, cases: 100, examples: new Map() });
    const configs = cases.map((c) => (c.xr.spec as JsonObject).config as JsonObject | undefined);
    expect(refused).toBeGreaterThan(0);
    expect(configs.some((c) => c?.mode === 'b')).toBe(true);
    expect(configs.every((c) => c?.mode !== 'b' || c.host !== undefined)).toBe(true);
  });
});

describe('shares', () => {
  const blueprint = shop({ ...replicas, ...toggle }, ({ scope, config }) => {
    if (Number(config.replicas) > 6) throw new Error('too many');
    new ConfigMap(scope, 'settings', { data: config.toggle ? { password: 'x' } : {} });
    return undefined;
  });
  const project = assembly(blueprint);
  const helper: ShareRunner = (share) => proveShare(project, blueprint, share, new Map());

  test.for([1, 3])(
    'with %i helpers the proof is the same: faults, their order, counts and XRs',
    async (n) => {
      const options = { seed: 7, cases: 90 };
      const alone = await proveBlueprint(project, blueprint, options);
      const helpers = Array.from({ length: n }, () => helper);
      expect(alone.faults.length).toBeGreaterThan(0);
      expect(await proveBlueprint(project, blueprint, { ...options, helpers })).toEqual(alone);
    },
  );

  test('each case is somebody’s, and nobody’s twice', async () => {
    const seen: number[] = [];
    const counting: ShareRunner = async (share) => {
      const outcome = await helper(share);
      for (let i = share.index; i < 90; i += share.of) seen.push(i);
      return outcome;
    };
    await proveBlueprint(project, blueprint, { cases: 90, helpers: [counting, counting] });
    const own = Array.from({ length: 90 }, (_, i) => i).filter((i) => i % 3 === 0);
    expect([...seen, ...own].sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, i) => i));
  });

  test('a helper that fails is not passed over', async () => {
    const failing: ShareRunner = () => Promise.reject(new Error('the thread is gone'));
    await expect(proveBlueprint(project, blueprint, { helpers: [failing] })).rejects.toThrow(
      'the thread is gone',
    );
  });
});
