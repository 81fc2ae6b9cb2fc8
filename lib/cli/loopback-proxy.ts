const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/**
 * Keeps calls to this machine away from a proxy, which would look for them on its own: registries, Sigstores and
 * functions on a loopback address. To be called before anything that reads the environment is loaded.
 */
export function exceptLoopback(env: Record<string, string | undefined>): void {
  const proxied = [
    'http_proxy',
    'https_proxy',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'grpc_proxy',
    'all_proxy',
    'ALL_PROXY',
  ];
  if (proxied.every((name) => (env[name] ?? '') === '')) return;
  const given = (env.no_proxy ?? env.NO_PROXY ?? '').split(',').map((host) => host.trim());
  const all = [...new Set([...given, ...LOOPBACK])].filter((host) => host !== '').join(',');
  env.no_proxy = all;
  env.NO_PROXY = all;
}
