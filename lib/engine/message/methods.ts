/** Methods known to the engine (RFC 3261 and its extensions); others are legal and pass as they are. */
export const METHODS = [
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'INVITE',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'PRACK',
  'PUBLISH',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
  'UPDATE',
] as const;

export type KnownMethod = (typeof METHODS)[number];

const TOKEN = /^[\w\-.!%*+`'~]+$/;
const KNOWN: ReadonlySet<string> = new Set(METHODS);

/** Whether the text is a token, so that it may stand as a method (RFC 3261 25.1); methods are case-sensitive. */
export function isMethodName(text: string): boolean {
  return KNOWN.has(text) || TOKEN.test(text);
}
