/** The token lines of the app protocol. */
import { randomUUID } from 'node:crypto';
import type { CallRecord, Outcome, SipEvent } from '../dialog/application.ts';
import { formatHostPort } from '../message/host.ts';
import type { ListenPoint } from '../transaction/wire.ts';

/** What `authenticate` is answered with; applications read the protocol's level from it. */
export const PROTOCOL_VERSION = 'v0.9.10-embedded';

/** UTC wall clock with six digits of a second. */
export function timeOf(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== written.second) written = { second, text: new Date(second * 1000).toISOString().slice(11, 19) };
  return `${written.text}.${String(epochMs - second * 1000).padStart(3, '0')}000`;
}

/** Many lines are of the same second. */
let written = { second: -1, text: '' };

export function eventLine(event: SipEvent, about: { bytes: number; now: number }): string {
  const { source, peer, transactionId, dialogId, receivedOn } = event;
  const isMadeUp = source === 'network' && peer === undefined;
  const size = isMadeUp ? 0 : about.bytes;
  const from = `${peer?.protocol ?? 'unknown'}|${peer?.address ?? ''}|${peer?.port ?? 0}`;
  const on = receivedOn === undefined ? '' : `${receivedOn.address}|${receivedOn.port}|`;
  return `${randomUUID()}|sip|${source}|${size}|${from}|${timeOf(about.now)}|${transactionId}|${dialogId}|${on}`;
}

/** The answer to a `sip` command. The order of the last tokens differs between requests and responses. */
export function outcomeLine(requestId: string, outcome: Outcome, about: { bytes: number; now: number }): string {
  if (!outcome.ok) return refusalLine(requestId, 'NOK', outcome.reason);
  const { sent, peer, transactionId, dialogId } = outcome;
  const where = `${peer.protocol}|${peer.address}|${peer.port}|${timeOf(about.now)}|${transactionId}`;
  const tail = sent.isRequest ? 'Msg sent:|' : `${dialogId}||Msg sent:|`;
  return answerLine(requestId, 'OK', `application|${about.bytes}|${where}|${tail}`);
}

/** `rest` is one token or several. */
export function answerLine(requestId: string, verdict: 'OK' | 'NOK' | 'NO', rest?: string): string {
  const tail = rest === undefined ? '' : `|${rest.replace(/[\r\n]+/g, ' ')}`;
  return `${randomUUID()}|response|${requestId}|${verdict}${tail}`;
}

/** The reason is one token, whatever it quotes. */
export function refusalLine(requestId: string, verdict: 'NOK' | 'NO', reason: string): string {
  return answerLine(requestId, verdict, reason.replaceAll('|', '/'));
}

export function recordLine(record: CallRecord, now: number): string {
  const head = `${randomUUID()}|cdr:${record.type}|${record.source}|${timeOf(now)}`;
  if (record.type === 'attempt') return head;
  return `${head}|${record.type === 'start' ? record.role : record.reason}`;
}

/** `udp/1.2.3.4:5060,tcp/1.2.3.4:5060`. */
export function hostports(points: readonly ListenPoint[], which: 'advertised' | 'bound'): string {
  const texts = points.map(({ protocol, address, port, advertised, advertisedPort }) => {
    if (which === 'bound') return `${protocol}/${formatHostPort(address, port)}`;
    return `${protocol}/${formatHostPort(advertised ?? address, advertisedPort ?? port)}`;
  });
  return texts.join(',');
}
