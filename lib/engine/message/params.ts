/** `;name=value` parameters as headers and URIs carry them: names lowered, values as written (quotes and escapes kept). */

export type Params = Map<string, string | true>;

/**
 * Where `separator` stands next from `from` on, outside quoted strings and angle brackets; -1 when it does not.
 * An unterminated quote or bracket hides everything behind it.
 */
export function indexOutsideQuotes(text: string, separator: string, from = 0): number {
  const wanted = separator.charCodeAt(0);
  let inAngle = false;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = closingQuote(text, at);
      if (at < 0) return -1;
    } else if (inAngle) {
      inAngle = code !== 0x3e;
    } else if (code === wanted) {
      return at;
    } else if (code === 0x3c) {
      inAngle = true;
    }
  }
  return -1;
}

/** The position of the quote that closes the one at `open`, quoted pairs skipped; -1 when it is missing. */
export function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return -1;
}

/**
 * Reads the parameters behind a value; `text` is empty or begins at a semicolon. Empty parameters are skipped, the first
 * of two of one name counts. Undefined when something stands before the semicolon or a quote is not closed.
 */
export function parseParams(text: string): Params | undefined {
  const params: Params = new Map();
  const rest = text.trim();
  if (rest === '') return params;
  if (rest.charCodeAt(0) !== 0x3b) return undefined;
  let at = 1;
  while (at <= rest.length) {
    const next = indexOutsideQuotes(rest, ';', at);
    const end = next < 0 ? rest.length : next;
    if (!addParam(params, rest.slice(at, end))) return undefined;
    at = end + 1;
  }
  return params;
}

function addParam(params: Params, text: string): boolean {
  const equals = text.indexOf('=');
  const name = (equals < 0 ? text : text.slice(0, equals)).trim().toLowerCase();
  if (name === '') return text.trim() === '';
  const value = equals < 0 ? true : text.slice(equals + 1).trim();
  const quote = value === true ? -1 : value.indexOf('"');
  if (quote >= 0 && closingQuote(value as string, quote) < 0) return false;
  if (!params.has(name)) params.set(name, value);
  return true;
}

/** The parameters as text, each with its semicolon. */
export function formatParams(params: ReadonlyMap<string, string | true>): string {
  let text = '';
  for (const [name, value] of params) text += value === true ? `;${name}` : `;${name}=${value}`;
  return text;
}
