/** The little of a SIP URI that decisions need (RFC 3261, 19.1). The SIP room reads and writes whole ones. */

export interface SipUriParts {
  user: string | null;
  /** IPv6 in brackets. */
  host: string;
  /** The default of the scheme where none is written. */
  port: number;
}

const SIP_URI = /^\s*<?(sips?):(?:([^@;?>\s]*)@)?(\[[0-9a-f:.]+\]|[^:;?>@\s[\]]+)(?::(\d{1,5}))?\s*(?=[;?>]|$)/i;

/** @returns null: not a SIP URI */
export function parseSipUri(text: string): SipUriParts | null {
  const parts = SIP_URI.exec(text.slice(0, 512));
  if (parts === null) return null;
  const [, scheme = '', user, host = '', port] = parts;
  const secure = scheme.toLowerCase() === 'sips' || /;transport=(tls|wss)\b/i.test(text);
  return { user: user ?? null, host, port: port === undefined ? (secure ? 5061 : 5060) : Number(port) };
}
