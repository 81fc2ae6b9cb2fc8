import { watch as watchFiles } from 'node:fs';

/** Tells of files that were saved in a folder, by default below it too, until it is closed. */
export type Watch = (
  folder: string,
  onSave: (path: string) => void,
  options?: { readonly recursive: boolean },
) => { close(): void };

/** The real one. Paths are relative to the folder; a folder that goes away ends the watch quietly. */
export const watchFolder: Watch = (folder, onSave, { recursive } = { recursive: true }) => {
  const watcher = watchFiles(folder, { recursive }, (_event, name) => {
    if (name !== null) onSave(name.replaceAll('\\', '/'));
  });
  watcher.on('error', () => watcher.close());
  return watcher;
};
