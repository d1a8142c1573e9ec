/** Two phones whose calls have been answered, on a room without media of ours. */

import assert from 'node:assert/strict';
import { createNoMedia } from '../../lib/media/none/engine.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { MediaEngine } from '../../lib/ports/media.ts';
import { systemClock } from '../support/outside-world.ts';
import type { PhoneCall, RequestAnswer } from '../support/phone-call.ts';
import { silentLog } from '../support/silent-log.ts';
import type { SipPhone } from '../support/sip-phone.ts';
import { cseqOf, type SipText, sdpText } from '../support/sip-text.ts';
import { configuration, Rig, trunk } from './sip-rig.ts';

export const sdpOfA = sdpText({ address: '192.0.2.1', port: 41_000, payloads: [8, 0, 101] });
export const sdpOfB = sdpText({ address: '192.0.2.2', port: 42_000, payloads: [9, 8, 101] });
export const answerOfA = sdpText({ address: '192.0.2.1', port: 41_000, payloads: [8, 101] });
export const answerOfB = sdpText({ address: '192.0.2.2', port: 42_000, payloads: [8, 101], version: 2 });

export interface Side {
  legId: string;
  phone: SipPhone;
  call: PhoneCall;
}

export const withoutOrigin = (sdp: string) => sdp.replace(/^o=.*\r\n/m, '');
export const isReinvite = (message: SipText) => message.method === 'INVITE' && /;tag=/.test(message.get('to'));
export const hasBody = (message: SipText) => message.body !== '';
export const isAckWith = (body: string) => (message: SipText) =>
  message.method === 'ACK' && withoutOrigin(message.body) === withoutOrigin(body);

/** A phone that makes an offer where it is asked for one, and answers one. */
export function answering({ phone }: Side, offer: string, answer: string) {
  return (request: SipText): RequestAnswer => {
    if (request.method !== 'INVITE') return { status: 200 };
    const headers = [['Contact', `<${phone.uri}>`]] as const;
    return { status: 200, headers, body: hasBody(request) ? answer : offer };
  };
}

export class EndToEndRig {
  readonly rig: Rig;
  readonly #media: MediaEngine;
  readonly #timing: Timing;
  a!: Side;
  b!: Side;

  private constructor(rig: Rig, media: MediaEngine, timing: Timing) {
    this.rig = rig;
    this.#media = media;
    this.#timing = timing;
  }

  static async open(address: string): Promise<EndToEndRig> {
    const media = createNoMedia({ log: silentLog() });
    const timing = new Timing();
    const rig = await Rig.open({ address, t1Ms: 20, media, sip: { clock: timing, random: () => timing.random } });
    const [phoneOfA, phoneOfB] = [await rig.phone(), await rig.phone()];
    const auth = { username: 'u', password: 'p' };
    const trunkOfB = trunk('b', `sip:${address}:${phoneOfB.port}`, { auth });
    rig.configuration = configuration([trunk('a', `sip:${address}:${phoneOfA.port}`), trunkOfB], []);
    const pair = new EndToEndRig(rig, media, timing);
    pair.a = await pair.#dialled('a', phoneOfA);
    pair.b = await pair.#dialled('b', phoneOfB);
    pair.a.call.onRequest = answering(pair.a, sdpOfA, answerOfA);
    pair.b.call.onRequest = answering(pair.b, sdpOfB, answerOfB);
    return pair;
  }

  /** Alarms come so many times sooner. */
  set hurry(factor: number) {
    this.#timing.hurry = factor;
  }

  set random(number: number) {
    this.#timing.random = number;
  }

  /** Waits that were asked for, in ms. */
  get waits(): readonly number[] {
    return this.#timing.waits;
  }

  async #dialled(name: string, phone: SipPhone): Promise<Side> {
    const legId = this.rig.dial({ kind: 'trunk', trunk: name, user: '1' }, { legId: name });
    const call = await phone.nextCall();
    assert.match(call.invite.body, /m=audio 9 [\s\S]*a=inactive/);
    await call.answer({ sdp: sdpText({ address: phone.address, port: 40_000, direction: 'inactive' }) });
    await this.rig.recorder.of(legId, 'answered');
    return { legId, phone, call };
  }

  /** Somebody who has called us takes the place of A, and is the one that was answered last. */
  async calling(): Promise<Side> {
    const { rig } = this;
    rig.sip.hangUp(this.a.legId, { cause: 16, text: '' });
    await rig.recorder.last(this.a.legId);
    rig.recorder.onOffered = ({ legId }) => rig.sip.answer(legId);
    const phone = await rig.phone();
    const call = phone.call({ to: rig.uri('100'), sdp: sdpOfA });
    const [{ legId }] = await Promise.all([rig.recorder.call(), call.final()]);
    await rig.recorder.of(legId, 'answered');
    this.a = { legId, phone, call };
    call.onRequest = answering(this.a, sdpOfA, answerOfA);
    return this.a;
  }

  bridge(): void {
    this.rig.sip.bridge(this.a.legId, this.b.legId);
  }

  async connected(): Promise<void> {
    await this.b.call.waitFor(isAckWith(answerOfA));
    await this.a.call.waitFor((message) => message.method === 'ACK' && cseqOf(message).number >= 2);
  }

  /** As the application does: who is left is hung up. */
  endTogether(): void {
    const { recorder, sip } = this.rig;
    const event = recorder.event.bind(recorder);
    recorder.event = (one) => {
      event(one);
      const other = one.legId === 'a' ? 'b' : 'a';
      if (one.type === 'ended') sip.hangUp(other, { cause: 16, text: 'The other side hung up' });
    };
  }

  async endOf({ legId }: Side): Promise<string> {
    const last = await this.rig.recorder.last(legId);
    return last.type === 'ended' ? `${last.by}: ${last.text}` : assert.fail(JSON.stringify(last));
  }

  /** Nothing is left, and every 2xx has had its ACK. */
  async close(): Promise<void> {
    const { a, b, rig } = this;
    for (const { legId } of [a, b]) {
      rig.sip.hangUp(legId, { cause: 16, text: '' });
      await rig.recorder.last(legId);
    }
    await rig.close();
    assert.equal(this.#media.stats().endpoints, 0);
    assert.equal(this.#timing.waiting, 0, 'an alarm is left');
    for (const { phone } of [a, b]) assert.deepEqual(unacknowledged(phone), [], phone.summary());
  }
}

export class Timing implements Clock {
  hurry = 1;
  random = 0;
  readonly waits: number[] = [];
  readonly #alarms = new Set<object>();

  get waiting(): number {
    return this.#alarms.size;
  }

  now(): number {
    return Date.now();
  }

  alarm(at: number, run: () => void): () => void {
    return this.after(at - Date.now(), run);
  }

  onStep(): void {}

  after(wait: number, run: () => void): () => void {
    this.waits.push(wait);
    const alarm = {};
    this.#alarms.add(alarm);
    const stop = systemClock.after(wait / this.hurry, () => {
      this.#alarms.delete(alarm);
      run();
    });
    return () => {
      this.#alarms.delete(alarm);
      stop();
    };
  }
}

/** 2xx to INVITEs that got no ACK, or our BYE before it. */
function unacknowledged(phone: SipPhone): string[] {
  const [waiting, acked] = [new Set<string>(), new Set<string>()];
  const early: string[] = [];
  for (const { direction, message } of phone.log) {
    const key = `${message.get('call-id')} ${cseqOf(message).number}`;
    const isAccepted = direction === 'out' && message.status === 200 && cseqOf(message).method === 'INVITE';
    if (isAccepted && !acked.has(key)) waiting.add(key);
    if (direction === 'in' && message.method === 'ACK') {
      acked.add(key);
      waiting.delete(key);
    }
    if (direction === 'in' && message.method === 'BYE') early.push(...waiting);
  }
  return [...early, ...waiting];
}
