export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the host writes what happens: metadata only, never the content of objects. */
export interface Logger {
  /** False if lines of that level go nowhere: spares the work of making them. */
  isEnabled(level: LogLevel): boolean;
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface JsonLoggerOptions {
  /** Receives one line of JSON, without its line feed. */
  readonly write: (line: string) => void;
  /** @default info */
  readonly level?: LogLevel;
  /** @default the system's clock */
  readonly now?: () => Date;
}

/** One JSON object a line: `{"time", "level", "message", …fields}`. */
export function createJsonLogger(options: JsonLoggerOptions): Logger {
  const { write, level = 'info', now = (): Date => new Date() } = options;
  const isEnabled = (wanted: LogLevel): boolean => ORDER[wanted] >= ORDER[level];
  return {
    isEnabled,
    log(wanted, message, fields = {}): void {
      if (!isEnabled(wanted)) return;
      write(JSON.stringify({ time: now().toISOString(), level: wanted, message, ...fields }));
    },
  };
}

/** Says nothing. */
export const silentLogger: Logger = { isEnabled: () => false, log: () => undefined };
