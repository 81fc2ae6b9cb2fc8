/** A fenced block of a Markdown page. */
export interface Fence {
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [i, line] of markdown.split('\n').entries()) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1] ?? '', line: i + 1, lines: [] };
    else {
      fences.push({ language: open.language, line: open.line, text: open.lines.join('\n') });
      open = undefined;
    }
  }
  return fences;
}

/** A command of a page; continued lines are joined, comments and shown output left out. */
export interface Command {
  readonly line: number;
  readonly text: string;
}

/** In `sh` and `bash` every line is a command, in `console` those behind a `$ `. */
export function commandsOf(fences: readonly Fence[]): Command[] {
  return fences.flatMap(({ language, line, text }) => {
    if (!/^(sh|bash|console)$/.test(language)) return [];
    const lines = text.replace(/\\\n\s*(?:> )?/g, '').split('\n');
    return lines.flatMap((raw) => {
      const prompt = /^\$ (.*)$/.exec(raw);
      const command = (language === 'console' ? (prompt?.[1] ?? '') : (prompt?.[1] ?? raw)).trim();
      return command === '' || command.startsWith('#')
        ? []
        : [{ line, text: command.replace(/\s+#\s.*$/, '') }];
    });
  });
}
