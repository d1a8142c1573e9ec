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

/** Every spelling met often, to its key. Fixed in size: what is not here is lowered on each call. */
const keyBySpelling = new Map<string, string>();
const nameByKey = new Map<string, string>();

for (const name of CANONICAL_NAMES) {
  const key = name.toLowerCase();
  nameByKey.set(key, name);
  keyBySpelling.set(name, key);
  keyBySpelling.set(key, key);
  keyBySpelling.set(name.toUpperCase(), key);
}
for (const [compact, name] of COMPACT_FORMS) {
  keyBySpelling.set(compact, name.toLowerCase());
  keyBySpelling.set(compact.toUpperCase(), name.toLowerCase());
}

/** The key under which a header is found: lower case, compact forms spelled out (`V` and `VIA` give `via`). */
export function headerKey(name: string): string {
  const known = keyBySpelling.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return keyBySpelling.get(lower) ?? lower;
}

/** The usual spelling (`call-id` and `i` give `Call-ID`); an unknown name is given back as it is. */
export function canonicalHeaderName(name: string): string {
  return nameByKey.get(headerKey(name)) ?? name;
}

/** Whether the name is a token (RFC 3261 25.1), so that it may stand in a message. */
export function isHeaderName(name: string): boolean {
  return keyBySpelling.has(name) || TOKEN.test(name);
}

/** Whether a comma in this header's value separates elements. */
export function isListHeader(key: string): boolean {
  return !NOT_LISTS.has(key);
}
