/** A tiny user agent for questions that change nothing: OPTIONS, and REGISTER without Contact (RFC 3261 10.2.3). */

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Destination, TransportError } from '../../engine/transport/flow.ts';
import { type StreamConnector, type StreamTarget, tcpConnector } from '../../engine/transport/stream-connector.ts';
import { answerChallenge, parseChallenges } from '../../sip/message/digest.ts';
import { MessageHead } from '../../sip/message/message-head.ts';

export type Target = Destination;

export interface ProbeRequest {
  method: 'OPTIONS' | 'REGISTER';
  /** Request-URI. */
  uri: string;
  /** User of From and To. */
  user: string;
  domain: string;
  /** The local address and port to send from; null: the system chooses. */
  from: { address: string; port: number } | null;
}

export interface ProbeAnswer {
  status: number;
  phrase: string;
  head: MessageHead;
  tookMs: number;
  /** It asked for credentials, and this is what it said to ours. */
  wasChallenged: boolean;
  /** Our address as the other side sees it (Via's received and rport, RFC 3581). */
  seenAs: { address: string; port: number | null } | null;
  sentFrom: { address: string; port: number };
}

export type ProbeResult = { type: 'answer'; answer: ProbeAnswer } | { type: 'none'; why: string };

const TIMEOUT_MS = 4_000;
/** Timer E of RFC 3261 17.1.2.2, as long as we wait. */
const REPEATS_MS = [500, 1_500, 3_500];

interface Names {
  branch: string;
  tag: string;
  callId: string;
}

const fresh = (): Names => ({
  branch: `z9hG4bK${randomBytes(8).toString('hex')}`,
  tag: randomBytes(6).toString('hex'),
  callId: randomBytes(12).toString('hex'),
});

const hostText = (address: string): string => (isIPv6(address) ? `[${address}]` : address);

function requestText(
  request: ProbeRequest,
  {
    protocol,
    local,
    names,
  }: { protocol: string; local: { address: string; port: number }; names: Names & { cseq: number } },
  authorization: { name: string; value: string } | null,
): string {
  const { method, uri, user, domain } = request;
  const who = `<sip:${user === '' ? '' : `${encodeURIComponent(user)}@`}${domain}>`;
  const at = `${hostText(local.address)}:${local.port}`;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${protocol.toUpperCase()} ${at};branch=${names.branch};rport`,
    'Max-Forwards: 70',
    `From: ${who};tag=${names.tag}`,
    `To: ${who}`,
    `Call-ID: ${names.callId}`,
    `CSeq: ${names.cseq} ${method}`,
    ...(method === 'OPTIONS' ? [`Contact: <sip:${at}>`, 'Accept: application/sdp'] : []),
    ...(authorization === null ? [] : [`${authorization.name}: ${authorization.value}`]),
    'User-Agent: drachtio-callback doctor',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/** Sends `textOf(local)` and waits for the final response to this branch. */
type Exchange = (
  target: Target,
  from: ProbeRequest['from'],
  textOf: (local: { address: string; port: number }) => string,
) => Promise<{ raw: string; local: { address: string; port: number } } | { why: string }>;

const viaUdp: Exchange = (target, from, textOf) =>
  new Promise((resolve) => {
    const socket = createSocket(isIPv6(target.address) ? 'udp6' : 'udp4');
    const timers: NodeJS.Timeout[] = [];
    const done = (result: Awaited<ReturnType<Exchange>>) => {
      for (const timer of timers) clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => done({ why: error.code ?? error.message }));
    const begin = () =>
      socket.connect(target.port, target.address, () => {
        const local = socket.address();
        const bytes = Buffer.from(textOf(local));
        const send = () => socket.send(bytes, (error) => (error === null ? undefined : socket.emit('error', error)));
        socket.on('message', (message) => {
          const raw = message.toString('latin1');
          if (isFinal(raw)) done({ raw, local });
        });
        send();
        for (const ms of REPEATS_MS) timers.push(setTimeout(send, ms));
        timers.push(setTimeout(() => done({ why: `nothing came back in ${TIMEOUT_MS / 1_000} s` }), TIMEOUT_MS));
      });
    if (from === null) begin();
    else socket.bind({ address: from.address, port: from.port, exclusive: true }, begin);
  });

const viaStream =
  (connector: StreamConnector): Exchange =>
  (target, from, textOf) =>
    new Promise((resolve) => {
      const { address, port, host, trust } = target;
      const to = { address, port, host, trust, localAddress: from?.address };
      const socket = connector.connect(to, () => socket.write(textOf(local())));
      const local = () => ({ address: socket.localAddress ?? '', port: socket.localPort ?? 0 });
      let raw = '';
      const done = (result: Awaited<ReturnType<Exchange>>) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(result);
      };
      const timer = setTimeout(() => done({ why: `nothing came back in ${TIMEOUT_MS / 1_000} s` }), TIMEOUT_MS);
      socket.on('error', (error: NodeJS.ErrnoException) => done({ why: faultText(error, connector, to) }));
      socket.on('close', () => done({ why: 'the connection was closed' }));
      socket.setEncoding('latin1').on('data', (text: string) => {
        raw += text;
        for (let end = raw.indexOf('\r\n\r\n'); end >= 0; end = raw.indexOf('\r\n\r\n')) {
          if (isFinal(raw)) return done({ raw, local: local() });
          // A provisional response has no body here.
          raw = raw.slice(end + 4);
        }
      });
    });

/** Of TLS there is more to say than a code. */
function faultText(error: NodeJS.ErrnoException, connector: StreamConnector, target: StreamTarget): string {
  if (connector.protocol === 'tcp' || error.code === 'ECONNREFUSED') return error.code ?? error.message;
  return error instanceof TransportError ? error.message : connector.connectError(error, target).message;
}

const isFinal = (raw: string): boolean => /^SIP\/2\.0 [2-6]\d\d /.test(raw);

function answerOf(
  raw: string,
  { tookMs, sentFrom, wasChallenged }: Pick<ProbeAnswer, 'tookMs' | 'sentFrom' | 'wasChallenged'>,
): ProbeAnswer {
  const [, status, phrase] = /^SIP\/2\.0 (\d{3}) ?(.*)/.exec(raw)!;
  const head = new MessageHead(raw);
  const via = head.first('via') ?? '';
  const received = /;\s*received=\[?([0-9a-fA-F.:]+)\]?/.exec(via)?.[1] ?? null;
  const port = /;\s*rport=(\d{1,5})/.exec(via)?.[1];
  const seenAs =
    received === null && port === undefined
      ? null
      : { address: received ?? sentFrom.address, port: port === undefined ? null : Number(port) };
  return { status: Number(status), phrase: phrase!.trim().slice(0, 80), head, tookMs, wasChallenged, seenAs, sentFrom };
}

/** Never rejects. With `credentials` a challenge is answered once. */
export async function probe(
  target: Target,
  request: ProbeRequest,
  credentials: { username: string; password: string; realm?: string | undefined } | null = null,
  connector: StreamConnector = tcpConnector,
): Promise<ProbeResult> {
  const exchange = target.protocol === 'udp' ? viaUdp : viaStream(connector);
  const names = fresh();
  let cseq = 1;
  let authorization: { name: string; value: string } | null = null;
  for (;;) {
    const since = performance.now();
    const given: { name: string; value: string } | null = authorization;
    const result = await exchange(target, request.from, (local) =>
      requestText(
        request,
        { protocol: target.protocol, local, names: { ...names, branch: fresh().branch, cseq } },
        given,
      ),
    );
    if ('why' in result) return { type: 'none', why: result.why };
    const tookMs = performance.now() - since;
    const answer = answerOf(result.raw, { tookMs, sentFrom: result.local, wasChallenged: given !== null });
    authorization = given === null && credentials !== null ? credentialsFor(answer, request, credentials) : null;
    if (authorization === null) return { type: 'answer', answer };
    cseq += 1;
  }
}

function credentialsFor(
  { status, head }: ProbeAnswer,
  { method, uri }: ProbeRequest,
  { username, password, realm }: { username: string; password: string; realm?: string | undefined },
): { name: string; value: string } | null {
  if (status !== 401 && status !== 407) return null;
  const challenges = parseChallenges(head.all(status === 407 ? 'proxy-authenticate' : 'www-authenticate'));
  const challenge = challenges.find((one) => realm === undefined || one.realm === realm);
  if (challenge === undefined) return null;
  const cnonce = randomBytes(8).toString('hex');
  const value = answerChallenge(challenge, { method, uri, username, password, cnonce });
  return { name: status === 407 ? 'Proxy-Authorization' : 'Authorization', value };
}
