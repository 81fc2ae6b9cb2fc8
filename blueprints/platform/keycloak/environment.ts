import type { SecretKeyRef, StoredSecret } from '@openova/blueprints';

/** One variable: a plain value, or a key of a Secret. */
export type Variable = readonly [name: string, value: string | SecretKeyRef];

export interface EnvironmentProps {
  readonly adminUser: string;
  readonly adminPassword: SecretKeyRef;
  readonly hostname: string;
  readonly topology: 'per-organization' | 'shared-sovereign';
  readonly database: readonly Variable[];
}

/** Keycloak's variables, as the YAML list items that the chart splices into its own list. */
export function environment(props: EnvironmentProps): string {
  const variables: readonly Variable[] = [
    ['KC_BOOTSTRAP_ADMIN_USERNAME', props.adminUser],
    ['KC_BOOTSTRAP_ADMIN_PASSWORD', props.adminPassword],
    ['KC_HOSTNAME', `https://${props.hostname}`],
    ['KC_CACHE', 'ispn'],
    // Finds its peers through the database: needs neither the Kubernetes API nor multicast.
    ['KC_CACHE_STACK', 'jdbc-ping'],
    ['KC_LOG_CONSOLE_OUTPUT', 'json'],
    ...(props.topology === 'shared-sovereign' ? ([['KC_FEATURES', 'organization']] as const) : []),
    ...props.database,
  ];
  return variables.map(([name, value]) => `- ${literal(JSON.stringify(entry(name, value)))}`).join('\n');
}

/** The chart runs the list through Helm's template engine, with Flux's rights: nothing a user wrote may be code there. */
function literal(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

function entry(name: string, value: string | SecretKeyRef): object {
  if (typeof value === 'string') return { name, value };
  return { name, valueFrom: { secretKeyRef: { name: value.name, key: value.key } } };
}

/** Where the database is: in the Secret that CNPG makes for its cluster, or as the config says. */
export function databaseEnv(
  embeddedCluster: string | undefined,
  credentials: StoredSecret<'username' | 'password'> | undefined,
  external: { readonly host: string; readonly port: number; readonly database: string } | undefined,
): readonly Variable[] {
  if (embeddedCluster !== undefined) {
    const key = (k: string): SecretKeyRef => ({ name: `${embeddedCluster}-app`, key: k });
    return [
      ['KC_DB_URL_HOST', key('host')],
      ['KC_DB_URL_PORT', key('port')],
      ['KC_DB_URL_DATABASE', key('dbname')],
      ['KC_DB_USERNAME', key('username')],
      ['KC_DB_PASSWORD', key('password')],
    ];
  }
  if (external === undefined || credentials === undefined) return [];
  return [
    ['KC_DB_URL_HOST', external.host],
    ['KC_DB_URL_PORT', String(external.port)],
    ['KC_DB_URL_DATABASE', external.database],
    ['KC_DB_USERNAME', credentials.ref('username')],
    ['KC_DB_PASSWORD', credentials.ref('password')],
  ];
}
