/** What no line of the log may hold: secrets at any level, and telephone numbers at `info` and above. */

const CUT = '********';
const SECRET_NAMES =
  /^(?:password|passwordHash|passwd|secret|key|apiKey|token|csrfToken|cookie|set-cookie|authorization|proxy-authorization|x-api-key|x-csrf-token)$/i;
/** Names and places of ours, which may look like a number: a trunk is often called by one. */
const KEPT_NAMES =
  /^(?:callId|legId|callbackId|attemptId|correlationId|trunk|file|path|directory|host|http|sip|listening|data|database|address)$/;
const DEEPEST = 6;
const LONGEST_TEXT = 10_000;

/** Keys of ours, HTTP and SIP credentials, passwords in addresses, parts of a digest. */
const SECRETS: Array<[RegExp, string]> = [
  [/\bcbk_[a-z2-7]{16}_[\w-]{43}/g, `cbk_${CUT}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{6,}/gi, `$1 ${CUT}`],
  [/(\bsips?:[^\s:@<>"]{1,200}):[^\s:@<>"]{1,200}@/gi, `$1:${CUT}@`],
  [/(:\/\/[^\s/:@"]{0,200}):[^\s/@"]{1,200}@/g, `$1:${CUT}@`],
  [/\b(response|cnonce|password|secret|token)("?\s*[=:]\s*)(?:"[^"]{1,500}"|[^\s,;&"]{1,500})/gi, `$1$2${CUT}`],
  [/\b(callback_session=)[\w-]{20,}/g, `$1${CUT}`],
];

export function withoutSecrets(text: string): string {
  return SECRETS.reduce((left, [pattern, cut]) => left.replace(pattern, cut), text.slice(0, LONGEST_TEXT));
}

/** With a plus in any usual form, else seven digits and more that are no part of a name. The last three are left. */
const NUMBER = /(?<![\w-])(?:\+\d(?:[ ().-]{0,2}\d){5,}|\d{7,})(?!\w)/g;

export const withoutNumbers = (text: string): string =>
  text.replace(NUMBER, (number) => `…${number.replace(/\D/g, '').slice(-3)}`);

/** What is read back to whoever pressed it is nobody else's. */
const withoutKeys = (prompt: string): string => prompt.replace(/digits:[^&]*/g, 'digits:…');

/** Of an error what tells where it happened; the fields that libraries add hold values of the request. */
function errorFields({ name, message, stack, cause, ...rest }: Error & { code?: unknown }): Record<string, unknown> {
  const { code } = rest;
  return {
    type: name,
    message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack,
    ...(cause instanceof Error ? { cause } : {}),
  };
}

function redactedValue(value: unknown, name: string, { hidesNumbers, depth }: Redaction): unknown {
  if (SECRET_NAMES.test(name) && value !== null && value !== undefined) return CUT;
  if (typeof value === 'string') {
    const text = withoutSecrets(name === 'prompt' ? withoutKeys(value) : value);
    return hidesNumbers && !KEPT_NAMES.test(name) ? withoutNumbers(text) : text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '…';
  const inner = { hidesNumbers, depth: depth + 1 };
  if (Array.isArray(value)) return value.map((item) => redactedValue(item, name, inner));
  const fields = value instanceof Error ? errorFields(value) : value;
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, redactedValue(field, key, inner)]));
}

interface Redaction {
  hidesNumbers: boolean;
  depth: number;
}

/** The fields and the sentence of a line, fit to be written down. */
export function redactedLine(fields: object, text: string, hidesNumbers: boolean): [Record<string, unknown>, string] {
  const shown = redactedValue(fields, '', { hidesNumbers, depth: 0 }) as Record<string, unknown>;
  const sentence = withoutSecrets(text);
  return [shown, hidesNumbers ? withoutNumbers(sentence) : sentence];
}
