import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ToolkitError } from '../../errors.ts';
import { CERTIFICATE_POLL_MS } from '../defaults.ts';
import type { Logger } from '../logger.ts';
import { messageOf } from './failure.ts';

/** PEM texts of one end of a mutual TLS connection. */
export interface TlsFiles {
  /** The own certificate, with intermediates. */
  readonly certificate: string;
  readonly privateKey: string;
  /** What the other end's certificate must chain to. */
  readonly ca: string;
}

/** A directory with `tls.crt`, `tls.key` and `ca.crt` (re-read when it changes), or the texts themselves. */
export type TlsSource = TlsFiles | { readonly directory: string; readonly pollMs?: number };

const FILES = { certificate: 'tls.crt', privateKey: 'tls.key', ca: 'ca.crt' } as const;

/** Reads and checks the three files of a certificate directory. */
export async function readTlsDirectory(directory: string): Promise<TlsFiles> {
  if (directory.trim() === '') {
    throw new ToolkitError('usage', 'Cannot serve with TLS: the certificate directory is empty', {
      remedy: 'Name a directory with tls.crt, tls.key and ca.crt, or serve insecurely on purpose',
    });
  }
  const read = async (name: string): Promise<string> => {
    try {
      return await readFile(join(directory, name), 'utf8');
    } catch (cause) {
      throw new ToolkitError(
        'not-found',
        `Cannot serve with TLS: "${join(directory, name)}" cannot be read`,
        {
          cause,
          remedy: 'The directory must hold tls.crt, tls.key and ca.crt',
        },
      );
    }
  };
  const [certificate, privateKey, ca] = await Promise.all([
    read(FILES.certificate),
    read(FILES.privateKey),
    read(FILES.ca),
  ]);
  return checkTls({ certificate, privateKey, ca }, `"${directory}"`);
}

/** Refuses what OpenSSL would refuse, before a port is open: unreadable PEM, a key of another certificate. */
export function checkTls(files: TlsFiles, where = 'the given texts'): TlsFiles {
  if (fits(files)) return files;
  // Without a cause: OpenSSL's words say nothing to a user, and a key must not reach a message.
  throw new ToolkitError('invalid', `Cannot serve with TLS: certificate, key and CA in ${where} do not fit`, {
    remedy: 'tls.key must belong to tls.crt, and ca.crt must be the CA that client certificates chain to',
  });
}

function fits(files: TlsFiles): boolean {
  try {
    createSecureContext({ cert: files.certificate, key: files.privateKey, ca: files.ca });
    void new X509Certificate(files.ca);
    // An empty text counts as "not given" above, and a file that is being replaced is empty for a moment.
    return new X509Certificate(files.certificate).checkPrivateKey(createPrivateKey(files.privateKey));
  } catch {
    return false;
  }
}

/**
 * Hands certificates to the server and replaces them when the directory changes: new connections meet the new ones, open
 * ones go on. A rotation that is half written or does not fit is skipped and tried again at the next look.
 */
export class CertificateKeeper {
  private files: TlsFiles;
  private readonly source: TlsSource;
  private readonly logger: Logger;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private complaint: string | undefined;

  private constructor(source: TlsSource, files: TlsFiles, logger: Logger) {
    this.source = source;
    this.files = files;
    this.logger = logger;
  }

  /** Loads the certificates, or says why that cannot be. */
  static async load(source: TlsSource, logger: Logger): Promise<CertificateKeeper> {
    const files = 'directory' in source ? await readTlsDirectory(source.directory) : checkTls(source);
    return new CertificateKeeper(source, files, logger);
  }

  /** What a server needs that asks its callers for certificates of the CA. */
  get context(): SecureContextOptions {
    const { certificate, privateKey, ca } = this.files;
    return { cert: certificate, key: privateKey, ca };
  }

  /** When the own certificate ends. */
  get expires(): Date {
    return new X509Certificate(this.files.certificate).validToDate;
  }

  /** Looks at the directory now and then, and tells of each rotation. */
  watch(onChange: (context: SecureContextOptions) => void): void {
    const { source } = this;
    if (!('directory' in source)) return;
    // One look after the other: a slow one must not put back what a later one has replaced.
    const look = (): void => {
      this.timer = setTimeout(() => {
        void this.reload(source.directory, onChange).then(() => {
          if (!this.stopped) look();
        });
      }, source.pollMs ?? CERTIFICATE_POLL_MS);
      this.timer.unref();
    };
    look();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async reload(directory: string, onChange: (context: SecureContextOptions) => void): Promise<void> {
    try {
      const files = await readTlsDirectory(directory);
      this.complaint = undefined;
      const { certificate, privateKey, ca } = this.files;
      if (files.certificate === certificate && files.privateKey === privateKey && files.ca === ca) return;
      this.files = files;
      onChange(this.context);
      this.logger.log('info', 'Certificates reloaded', { expires: this.expires.toISOString() });
    } catch (error) {
      const complaint = messageOf(error);
      if (complaint === this.complaint) return;
      this.complaint = complaint;
      this.logger.log('warn', 'Certificates not reloaded', { reason: complaint });
    }
  }
}
