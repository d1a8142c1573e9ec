import assert from 'node:assert/strict';
import { MediaError } from '../../lib/media/embedded/media-error.ts';
import { createListening } from '../../lib/media/listening.ts';
import { NO_RECORDINGS } from '../../lib/ports/recordings.ts';
import type { IncomingRequest, IncomingResponse, RequestHandlers, SendResult } from '../../lib/sip/link.ts';
import { MessageHead } from '../../lib/sip/message/message-head.ts';
import { createSip } from '../../lib/sip/sip.ts';
import { FakeMedia } from '../support/fake-media.ts';
import { countingIds, ManualClock, MemoryLog, MemoryRegistrations } from '../support/outside-world.ts';
import { SilentLink } from './silent-link.ts';
import { configuration, Recorder, trunk } from './sip-rig.ts';

const toTrunk = { kind: 'trunk', trunk: 'carrier', user: '1' } as const;

describe('sip: an engine that falls silent', () => {
  let clock: ManualClock;
  let link: SilentLink;
  let media: FakeMedia;
  let recorder: Recorder;
  let sip: ReturnType<typeof createSip>;
  beforeEach(async () => {
    clock = new ManualClock();
    link = new SilentLink();
    media = new FakeMedia();
    recorder = new Recorder();
    sip = createSip(
      {
        control: { kind: 'listen', path: '', secret: '' },
        listening: createListening({ recordings: NO_RECORDINGS }),
        showsTrying: true,
        advertise: null,
        media,
        configuration: () => configuration([trunk('carrier', 'sip:127.0.14.80:5070')], []),
        secretOf: String,
        registrations: new MemoryRegistrations(),
        clock,
        ids: countingIds(),
        log: new MemoryLog(),
        keySecret: Buffer.from('k'),
      },
      link,
    );
    sip.listen(recorder);
    await sip.start();
  });
  afterEach(() => {
    assert.deepEqual(sip.stats(), { legs: 0, dialogs: 0, transactions: 0 });
    assert.equal(media.stats().endpoints, 0);
    assert.equal(clock.waiting, 0, 'an alarm is left');
  });

  function dial(): string {
    const identity = { callerId: { number: '1', name: null } };
    sip.dial({ legId: 'a', candidate: toTrunk, identity, callbackId: null, idempotencyKey: 'a', likeLeg: null });
    return 'a';
  }

  /** The INVITE has been handed to the engine. */
  async function handedOver(): Promise<RequestHandlers> {
    while (link.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return link.sent[0]!.handlers;
  }

  const sentMessage = () => ({
    transactionId: 't',
    at: clock.now(),
    head: new MessageHead('INVITE x SIP/2.0'),
    bytes: 900,
  });

  function response(status: number, acks: string[] = []): IncomingResponse {
    const head = new MessageHead('SIP/2.0 200 OK');
    const source = { protocol: 'udp', address: '127.0.0.1', port: 1 };
    return { status, phrase: '', head, body: '', at: clock.now(), source, dialogId: 'd', ack: () => acks.push('ack') };
  }

  function lastKind(): string {
    const last = recorder.events.at(-1);
    return last?.type === 'rejected' ? last.result.kind : (last?.type ?? 'none');
  }

  const sentLines = () => recorder.ladder.filter(({ direction }) => direction === 'sent').map(({ summary }) => summary);

  it('before the INVITE is sent: the leg is given up, and what is sent late is cancelled', async () => {
    dial();
    const handlers = await handedOver();
    clock.advance(39_999);
    assert.deepEqual(recorder.events, []);
    clock.advance(1);
    assert.equal(lastKind(), 'transport');
    handlers.sent(sentMessage());
    handlers.response(response(180));
    assert.deepEqual(link.cancelled, ['t']);
    const acks: string[] = [];
    handlers.response(response(200, acks));
    assert.deepEqual(acks, ['ack']);
    assert.deepEqual(link.methods(), ['INVITE', 'BYE']);
    link.sent[1]?.handlers.response(response(200));
    assert.deepEqual(recorder.types('a'), ['rejected']);
  });

  it('after the CANCEL: the leg is over after 64*T1 exactly, and a later 200 is acknowledged and hung up', async () => {
    dial();
    const handlers = await handedOver();
    handlers.sent(sentMessage());
    handlers.response(response(180));
    sip.hangUp('a', { cause: 16, text: '' });
    clock.advance(31_999);
    assert.notEqual(lastKind(), 'cancelled');
    clock.advance(1);
    assert.equal(lastKind(), 'cancelled');
    const acks: string[] = [];
    handlers.response(response(200, acks));
    assert.deepEqual(acks, ['ack']);
    assert.deepEqual(link.methods(), ['INVITE', 'BYE']);
  });

  it('after a hang-up without any provisional: the engine has the CANCEL once, its line comes when it leaves; over after 64*T1', async () => {
    dial();
    const handlers = await handedOver();
    handlers.sent(sentMessage());
    sip.hangUp('a', { cause: 16, text: '' });
    assert.deepEqual(link.cancelled, ['t']);
    clock.advance(32_000);
    assert.equal(lastKind(), 'cancelled');
    assert.deepEqual(sentLines(), ['INVITE']);
    handlers.response(response(100));
    handlers.response(response(180));
    assert.deepEqual(link.cancelled, ['t']);
    assert.deepEqual(sentLines(), ['INVITE', 'CANCEL']);
  });

  it('after our BYE: the leg is over after 64*T1', async () => {
    dial();
    const handlers = await handedOver();
    handlers.sent(sentMessage());
    handlers.response({
      ...response(200),
      head: new MessageHead('A\r\nc: application/sdp'),
      body: 'm=audio 1 RTP/AVP 8',
    });
    assert.deepEqual(recorder.types('a'), ['dialled', 'answered']);
    sip.hangUp('a', { cause: 16, text: 'bye' });
    clock.advance(32_000);
    assert.equal(lastKind(), 'ended');
  });

  it('a phone that rings for ever is hung up in the end', async () => {
    dial();
    const handlers = await handedOver();
    handlers.sent(sentMessage());
    handlers.response(response(180));
    clock.advance(15 * 60_000);
    assert.deepEqual(link.cancelled, ['t']);
    clock.advance(32_000);
    assert.equal(lastKind(), 'cancelled');
  });

  it('media that never opens: the leg is given up, and what opens late is closed', async () => {
    let open = () => {};
    const create = media.createEndpoint.bind(media);
    media.createEndpoint = async (options, events) => {
      await new Promise<void>((resolve) => {
        open = resolve;
      });
      return create(options, events);
    };
    dial();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(lastKind(), 'transport');
    open();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(media.endpoints[0]?.closed, 1);
  });

  it('media that is full: nothing is sent, and that is said; media that cannot be: as a trunk that cannot be reached', async () => {
    const text = 'No free RTP port on 127.0.14.80 in 20000-20003: widen --rtp-ports.';
    const cause = new Error('EADDRNOTAVAIL');
    for (const [error, kind] of [
      [new MediaError('MEDIA_FULL', 'All 2 media endpoints are in use.'), 'noCapacity'],
      [new MediaError('NO_PORTS', text), 'noCapacity'],
      [new MediaError('NO_PORTS', 'RTP port 20000 can not be bound', { cause }), 'transport'],
    ] as const) {
      media.createEndpoint = async () => {
        throw error;
      };
      dial();
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(lastKind(), kind);
      assert.deepEqual(link.sent, []);
    }
  });

  it('media that opens after the hang-up is closed', async () => {
    let open = () => {};
    const create = media.createEndpoint.bind(media);
    media.createEndpoint = async (options, events) => {
      await new Promise<void>((resolve) => {
        open = resolve;
      });
      return create(options, events);
    };
    dial();
    await new Promise((resolve) => setImmediate(resolve));
    sip.hangUp('a', { cause: 16, text: '' });
    assert.equal(lastKind(), 'cancelled');
    open();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(media.endpoints[0]?.closed, 1);
    assert.deepEqual(link.methods(), []);
  });

  it('a rejection that meets a CANCEL in the engine has one result, whichever was first', async () => {
    for (const wasSent of [true, false]) {
      let done: (result: SendResult) => void = () => {};
      link.handlers.request(
        inviteOf((_status, settle) => {
          done = settle;
        }),
      );
      const legId = recorder.calls.at(-1)?.legId ?? '';
      const result = sip.reject(legId, { status: 486, reason: null, callbackId: 'c' });
      link.handlers.cancelled('i', new MessageHead(''));
      assert.deepEqual(recorder.types(legId), []);
      done(
        wasSent
          ? { sent: true, at: 7, dialogId: '', head: new MessageHead('') }
          : { sent: false, text: 'unknown transaction' },
      );
      assert.deepEqual(await result, wasSent ? { result: 'sent', at: 7 } : { result: 'cancelled' });
      assert.deepEqual(recorder.types(legId), [wasSent ? 'rejected' : 'ended']);
    }
  });

  it('a 2xx that belongs to nobody is acknowledged and hung up, that of a live call is left alone', async () => {
    link.handlers.strayAnswer({ dialogId: 'nobody', transactionId: 'x', head: new MessageHead('') });
    assert.deepEqual(link.acknowledged, ['nobody']);
    assert.deepEqual(link.methods(), ['BYE']);
    link.sent.length = 0;
    dial();
    const handlers = await handedOver();
    handlers.sent(sentMessage());
    handlers.response({
      ...response(200),
      head: new MessageHead('A\r\nc: application/sdp'),
      body: 'm=audio 1 RTP/AVP 8',
    });
    link.handlers.strayAnswer({ dialogId: 'd', transactionId: 'x', head: new MessageHead('') });
    assert.deepEqual(link.methods(), ['INVITE']);
    link.handlers.lost();
  });

  it('with the engine all legs are gone, and none says how: nobody knows what becomes of an INVITE in flight', async () => {
    dial();
    const handlers = await handedOver();
    link.connected = false;
    handlers.failed('no connection to the SIP engine');
    link.handlers.lost();
    assert.deepEqual(recorder.events, []);
    assert.deepEqual(recorder.engine, ['found', 'lost']);
    assert.deepEqual(sip.stats(), { legs: 0, dialogs: 0, transactions: 0 });
    dial();
    assert.equal(sip.stats().legs, 0, 'nothing is dialled without an engine');
    link.connected = true;
  });

  it('an offered call that nobody decides on gets 480 before the engine forgets it', () => {
    const responses: number[] = [];
    link.handlers.request(
      inviteOf((status, done) => {
        responses.push(status);
        done({ sent: true, at: clock.now(), dialogId: '', head: new MessageHead('') });
      }),
    );
    clock.advance(55_000);
    assert.deepEqual(responses, [480]);
    assert.equal(lastKind(), 'final');
  });

  it('an answered call whose 200 is never acknowledged ends, though the engine says nothing', async () => {
    recorder.onOffered = ({ legId }) => sip.answer(legId);
    link.handlers.request(
      inviteOf((_status, done) => done({ sent: true, at: clock.now(), dialogId: 'd', head: new MessageHead('') })),
    );
    while (sip.stats().dialogs === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(33_000);
    assert.deepEqual(link.methods(), ['BYE']);
    clock.advance(32_000);
    assert.equal(lastKind(), 'ended');
  });

  function inviteOf(respond: (status: number, done: (result: SendResult) => void) => void): IncomingRequest {
    const head = new MessageHead(
      'INVITE sip:1@h SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\nContact: <sip:a@b>\r\nCall-ID: c\r\nc: application/sdp',
    );
    return {
      method: 'INVITE',
      uri: 'sip:1@h',
      head,
      body: 'm=audio 1 RTP/AVP 8',
      at: clock.now(),
      transactionId: 'i',
      dialogId: null,
      source: { protocol: 'udp', address: '127.0.0.1', port: 1 },
      receivedOn: null,
      unsolicited: false,
      respond: (answer, done) => respond(answer.status, done ?? (() => {})),
    };
  }
});
