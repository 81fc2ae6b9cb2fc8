import { watch as watchFiles } from 'node:fs';

/** Tells of files that were saved below a folder, until it is closed. */
export type Watch = (folder: string, onSave: (path: string) => void) => { close(): void };

/** The real one. Paths are relative to the folder; a folder that goes away ends the watch quietly. */
export const watchFolder: Watch = (folder, onSave) => {
  const watcher = watchFiles(folder, { recursive: true }, (_event, name) => {
    if (name !== null) onSave(name.replaceAll('\\', '/'));
  });
  watcher.on('error', () => watcher.close());
  return watcher;
};
