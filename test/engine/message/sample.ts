/** An INVITE of 1,079 bytes as a softphone behind one proxy sends it. */
export function sampleInvite(): Buffer {
  const body = [
    'v=0',
    'o=- 3724394400 3724394400 IN IP4 192.0.2.21',
    's=-',
    'c=IN IP4 192.0.2.21',
    't=0 0',
    'm=audio 40000 RTP/AVP 8 0 101',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    '',
  ].join('\r\n');
  const head = [
    'INVITE sip:+4930123456@127.0.0.1:5060;transport=udp SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.20:5061;branch=z9hG4bK-524287-1---abcdef0123456789;rport',
    'Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKabcdefgh;received=192.0.2.5',
    'Max-Forwards: 70',
    'Record-Route: <sip:192.0.2.20;lr>',
    'Contact: <sip:alice@192.0.2.21:5061;ob>',
    'To: "Callback" <sip:+4930123456@127.0.0.1>',
    'From: "Alice Example" <sip:+4917012345678@example.com>;tag=1928301774',
    'Call-ID: a84b4c76e66710-1234567890@pc33.example.com',
    'CSeq: 314159 INVITE',
    'Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, NOTIFY, REFER, MESSAGE, OPTIONS',
    'Supported: replaces, 100rel, timer, norefersub',
    'Session-Expires: 1800',
    'User-Agent: Example Softphone 1.2.3 (Linux)',
    'Content-Type: application/sdp',
    `Content-Length: ${body.length}`,
    '',
    '',
  ].join('\r\n');
  const missing = 1079 - head.length - body.length - 'X-Pad: \r\n'.length;
  const padded = head.replace('Content-Type', `X-Pad: ${'x'.repeat(missing)}\r\nContent-Type`);
  return Buffer.from(padded + body);
}

/** A short request; `changes` replace or (undefined) remove headers. */
export function sampleRequest(changes: Record<string, string | undefined> = {}): Buffer {
  const headers: Record<string, string | undefined> = {
    Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
    From: '<sip:a@example.com>;tag=1',
    To: '<sip:b@example.com>',
    'Call-ID': 'one@example.com',
    CSeq: '1 OPTIONS',
    'Content-Length': '0',
    ...changes,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return Buffer.from(['OPTIONS sip:b@example.com SIP/2.0', ...lines, '', ''].join('\r\n'));
}
