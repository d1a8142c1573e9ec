/** Header names: their usual spelling, their compact forms, and which of them are lists. */

const CANONICAL_NAMES = [
  'Accept',
  'Accept-Contact',
  'Accept-Encoding',
  'Accept-Language',
  'Alert-Info',
  'Allow',
  'Allow-Events',
  'Authentication-Info',
  'Authorization',
  'Call-ID',
  'Call-Info',
  'Contact',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Language',
  'Content-Length',
  'Content-Type',
  'CSeq',
  'Date',
  'Diversion',
  'Error-Info',
  'Event',
  'Expires',
  'From',
  'Geolocation',
  'History-Info',
  'Identity',
  'In-Reply-To',
  'Join',
  'Max-Forwards',
  'MIME-Version',
  'Min-Expires',
  'Min-SE',
  'Organization',
  'P-Access-Network-Info',
  'P-Asserted-Identity',
  'P-Charging-Vector',
  'P-Early-Media',
  'P-Preferred-Identity',
  'Path',
  'Priority',
  'Privacy',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Require',
  'RAck',
  'Reason',
  'Record-Route',
  'Recv-Info',
  'Refer-Sub',
  'Refer-To',
  'Referred-By',
  'Reject-Contact',
  'Remote-Party-ID',
  'Replaces',
  'Reply-To',
  'Request-Disposition',
  'Require',
  'Retry-After',
  'Route',
  'RSeq',
  'Server',
  'Service-Route',
  'Session-Expires',
  'SIP-ETag',
  'SIP-If-Match',
  'Subject',
  'Subscription-State',
  'Supported',
  'Timestamp',
  'To',
  'Unsupported',
  'User-Agent',
  'User-to-User',
  'Via',
  'Warning',
  'WWW-Authenticate',
] as const;

/** RFC 3261 7.3.3 and the registrations after it. */
const COMPACT_FORMS: ReadonlyArray<readonly [compact: string, name: string]> = [
  ['a', 'Accept-Contact'],
  ['b', 'Referred-By'],
  ['c', 'Content-Type'],
  ['d', 'Request-Disposition'],
  ['e', 'Content-Encoding'],
  ['f', 'From'],
  ['i', 'Call-ID'],
  ['j', 'Reject-Contact'],
  ['k', 'Supported'],
  ['l', 'Content-Length'],
  ['m', 'Contact'],
  ['o', 'Event'],
  ['r', 'Refer-To'],
  ['s', 'Subject'],
  ['t', 'To'],
  ['u', 'Allow-Events'],
  ['v', 'Via'],
  ['x', 'Session-Expires'],
  ['y', 'Identity'],
];

/** Headers whose commas do not separate elements (RFC 3261 7.3.1, 20). */
const NOT_LISTS: ReadonlySet<string> = new Set([
  'authentication-info',
  'authorization',
  'call-id',
  'content-disposition',
  'content-length',
  'content-type',
  'cseq',
  'date',
  'event',
  'expires',
  'from',
  'identity',
  'max-forwards',
  'min-expires',
  'min-se',
  'organization',
  'priority',
  'proxy-authenticate',
  'proxy-authorization',
  'rack',
  'refer-to',
  'referred-by',
  'replaces',
  'reply-to',
  'retry-after',
  'rseq',
  'server',
  'session-expires',
  'subject',
  'subscription-state',
  'timestamp',
  'to',
  'user-agent',
  'www-authenticate',
]);

const TOKEN = /^[\w\-.!%*+`'~]+$/;

/** A header's name: the key under which it is found (lower case, compact forms spelled out) and its usual spelling. */
export type HeaderName = { readonly key: string; readonly name: string };

/** Every spelling met often. Fixed in size: what is not here is lowered on each call. */
const bySpelling = new Map<string, HeaderName>();

for (const name of CANONICAL_NAMES) {
  const header = { key: name.toLowerCase(), name };
  for (const spelling of [name, header.key, name.toUpperCase()]) bySpelling.set(spelling, header);
}
for (const [compact, name] of COMPACT_FORMS) {
  const header = bySpelling.get(name)!;
  for (const spelling of [compact, compact.toUpperCase()]) bySpelling.set(spelling, header);
}

/** `V` and `VIA` give `via` and `Via`; an unknown name is given back as it is. Undefined for what is no token (RFC 3261 25.1). */
export function headerName(spelling: string): HeaderName | undefined {
  const known = bySpelling.get(spelling);
  if (known !== undefined) return known;
  return TOKEN.test(spelling) ? unusual(spelling) : undefined;
}

function unusual(spelling: string): HeaderName {
  const lower = spelling.toLowerCase();
  return bySpelling.get(lower) ?? { key: lower, name: spelling };
}

/** The key under which a header is found. */
export function headerKey(name: string): string {
  return (bySpelling.get(name) ?? unusual(name)).key;
}

/** The usual spelling (`call-id` and `i` give `Call-ID`); an unknown name is given back as it is. */
export function canonicalHeaderName(name: string): string {
  return (bySpelling.get(name) ?? unusual(name)).name;
}

/** Whether a comma in this header's value separates elements. */
export function isListHeader(key: string): boolean {
  return !NOT_LISTS.has(key);
}
