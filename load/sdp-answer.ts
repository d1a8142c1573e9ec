/** The description of a phone that takes no part in the media: its port is one where nobody listens. */
export function sdpOffer(address: string, port: number): string {
  return `${headOf(address)}m=audio ${port} RTP/AVP 8 0 101\r\n${MAPS}a=sendrecv\r\n`;
}

/**
 * The answer to an offer (RFC 3264 6): its first audio stream with all its formats, every other stream declined, the
 * direction turned round. An empty offer gets an offer (RFC 3261 13.2.1).
 */
export function sdpAnswer(offer: string, address: string, port: number): string {
  if (!offer.includes('m=')) return sdpOffer(address, port);
  const lines = headOf(address).trimEnd().split('\r\n');
  let stream: 'none' | 'taken' | 'declined' = 'none';
  let hasTaken = false;
  for (const line of offer.split(/\r?\n/)) {
    if (line.startsWith('m=')) {
      const [media, , ...rest] = line.split(' ');
      stream = media === 'm=audio' && !hasTaken ? 'taken' : 'declined';
      hasTaken ||= stream === 'taken';
      lines.push([media, stream === 'taken' ? port : 0, ...rest].join(' '));
    } else if (stream === 'taken' && KEPT.test(line)) lines.push(line);
    else if (stream === 'taken' && line in TURNED) lines.push(TURNED[line]!);
  }
  return `${lines.join('\r\n')}\r\n`;
}

const headOf = (address: string) => {
  const family = address.includes(':') ? 'IP6' : 'IP4';
  return `v=0\r\no=phone 1 1 IN ${family} ${address}\r\ns=-\r\nc=IN ${family} ${address}\r\nt=0 0\r\n`;
};
const MAPS = 'a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n';
const KEPT = /^a=(?:rtpmap|fmtp|ptime):/;
const TURNED: Record<string, string> = {
  'a=sendrecv': 'a=sendrecv',
  'a=sendonly': 'a=recvonly',
  'a=recvonly': 'a=sendonly',
  'a=inactive': 'a=inactive',
};
