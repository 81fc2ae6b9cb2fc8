/** Foreign text for an error message: one line, bounded, without control characters, tokens or signed URLs. */
export function redactForeign(text: string, maxLength = 200): string {
  const line = text
    .slice(0, maxLength * 8)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 [redacted]')
    .replace(/\beyJ[\w-]{5,}\.[\w.-]+/g, '[redacted]')
    .replace(/\b(https?:\/\/)[^\s/"'@]*@/gi, '$1')
    .replace(/\b(https?:\/\/[^\s"'?#]*)[?#][^\s"']*/gi, '$1')
    .replace(
      /\b((?:access_|refresh_|identity_?|id_)?token|password|passwd|secret|authorization|api[_-]?key)(["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
      '$1$2[redacted]',
    )
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/** A URL without user, query and fragment: signed URLs carry their secret there. */
export function redactUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
