import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mock } from 'node:test';
import { Phones, type PhonesOptions } from '../../load/phones.ts';
import { ScriptedPeer, tagsOf } from './scripted-peer.ts';

const ADDRESS = '127.0.41.100';

describe('the called phones of a load', () => {
  let phones: Phones;
  let peer: ScriptedPeer;
  let events: EventEmitter;
  let seen: string[];

  async function open(options: Partial<PhonesOptions> = {}): Promise<void> {
    events = new EventEmitter();
    seen = [];
    const note = (what: string) => {
      seen.push(what);
      events.emit(what);
    };
    phones = await Phones.open({
      address: ADDRESS,
      port: 0,
      answerAfterMs: 10,
      talkMs: null,
      ...options,
      onRing: ({ number }) => note(`ring ${number}`),
      onAnswered: () => note('answered'),
      onEnd: (_leg, _at, how) => note(how),
      onCleared: () => note('cleared'),
      onUnheard: ({ method, callId }) => note(`unheard ${method} ${callId}`),
    });
    peer = await ScriptedPeer.open('127.0.41.101', { address: ADDRESS, port: phones.port });
  }

  afterEach(async () => {
    peer.close();
    await phones.close();
  });

  /** INVITE, 200, ACK. */
  async function up(): Promise<Awaited<ReturnType<ScriptedPeer['get']>>> {
    const answered = once(events, 'answered');
    peer.send(peer.invite());
    const answer = await peer.get(200);
    peer.send(peer.within(answer, 'ACK', { cseq: 1 }));
    await answered;
    return answer;
  }

  it('ring, answer, and are hung up', async () => {
    await open();
    const answer = await up();
    assert.match(answer.get('contact'), new RegExp(`<sip:${ADDRESS}:${phones.port}>`));
    assert.match(answer.body, /^m=audio 9 RTP\/AVP 0 101\r$/m);
    assert.match(answer.body, /^a=recvonly\r$/m);
    assert.match(answer.body, /^m=video 0 RTP\/AVP 96\r$/m);
    assert.equal(tagsOf([await peer.get(180), answer]).size, 1);
    peer.send(peer.within(answer, 'BYE'));
    await peer.get('200 BYE');
    assert.deepEqual(seen, ['ring +5548991000001', 'answered', 'hungUpByThem', 'cleared']);
    assert.equal(phones.calls, 0);
  });

  it('hang up after the talk, and repeat their BYE until it is answered', async () => {
    await open({ talkMs: 20 });
    await up();
    const bye = await peer.get('BYE');
    const again = await peer.get('BYE', 2);
    assert.equal(again.raw, bye.raw);
    const cleared = once(events, 'cleared');
    peer.respond(again, 200);
    await cleared;
    assert.deepEqual(seen, ['ring +5548991000001', 'answered', 'hungUpByUs', 'cleared']);
  });

  it('repeat a 200 until its ACK comes (RFC 3261 13.3.1.4), and take no other ACK for it', async () => {
    await open();
    peer.send(peer.invite());
    const answer = await peer.get(200);
    peer.send(peer.within(answer, 'ACK', { cseq: 7 }));
    const again = await peer.get(200, 2);
    assert.equal(again.raw, answer.raw);
    const answered = once(events, 'answered');
    peer.send(peer.within(again, 'ACK', { cseq: 1 }));
    await answered;
    assert.equal(phones.counts.answered, 1);
  });

  it('answer a retransmitted INVITE again in each state, and ring once', async () => {
    await open({ ringAfterMs: 0, answerAfterMs: 40 });
    const invite = peer.invite();
    peer.send(invite);
    const ringing = await peer.get(180);
    peer.send(invite);
    assert.equal((await peer.get(180, 2)).raw, ringing.raw);
    const answer = await peer.get(200);
    peer.send(invite);
    assert.equal((await peer.get(200, 2)).raw, answer.raw);
    peer.send(peer.within(answer, 'ACK', { cseq: 1 }));
    await once(events, 'answered');
    peer.send(invite);
    assert.equal((await peer.get(200, 3)).get('to'), answer.get('to'));
    assert.equal(phones.counts.rings, 1);
    assert.equal(phones.counts.ended.hungUpByThem, 0);
  });

  it('answer a retransmitted BYE again, and end the call once', async () => {
    await open();
    const answer = await up();
    const bye = peer.within(answer, 'BYE');
    peer.send(bye);
    const ok = await peer.get('200 BYE');
    peer.send(bye);
    assert.equal((await peer.get('200 BYE', 2)).raw, ok.raw);
    assert.equal(phones.counts.ended.hungUpByThem, 1);
  });

  it('give 487 on CANCEL, and repeat it until its ACK', async () => {
    await open({ answerAfterMs: null });
    const invite = peer.invite();
    peer.send(invite);
    await peer.get(180);
    peer.send(peer.cancelOf(invite));
    await peer.get('200 CANCEL');
    const rejection = await peer.get(487);
    assert.equal((await peer.get(487, 2)).raw, rejection.raw);
    const cleared = once(events, 'cleared');
    peer.send(peer.ackOf(invite, rejection));
    await cleared;
    assert.deepEqual(seen, ['ring +5548991000001', 'cancelled', 'cleared']);
  });

  it('answer a CANCEL that crosses their 200 with 200, and stay up', async () => {
    await open({ answerAfterMs: 0 });
    const invite = peer.invite();
    peer.send(invite);
    const answer = await peer.get(200);
    peer.send(peer.cancelOf(invite));
    await peer.get('200 CANCEL');
    peer.send(peer.within(answer, 'ACK', { cseq: 1 }));
    await once(events, 'answered');
    assert.deepEqual(peer.all(487), []);
    assert.equal(phones.calls, 1);
  });

  it('answer a BYE that crosses theirs, and still await the answer to their own', async () => {
    await open({ talkMs: 0 });
    const answer = await up();
    const bye = await peer.get('BYE');
    peer.send(peer.within(answer, 'BYE'));
    await peer.get('200 BYE');
    assert.deepEqual(seen.slice(2), ['hungUpByUs']);
    const cleared = once(events, 'cleared');
    peer.respond(bye, 481);
    await cleared;
  });

  it('answer a re-INVITE, and its retransmission, without a new ring', async () => {
    await open();
    const answer = await up();
    const reinvite = peer.within(answer, 'INVITE', { cseq: 2 });
    peer.send(reinvite);
    const second = await peer.get(200, 2);
    assert.match(second.get('cseq'), /^2 INVITE$/);
    peer.send(peer.within(second, 'ACK', { cseq: 2 }));
    peer.send(reinvite);
    assert.match((await peer.get(200, 3)).get('cseq'), /^2 INVITE$/);
    peer.send(peer.within(answer, 'INVITE', { cseq: 1, branch: 'older' }));
    await peer.get(500);
    assert.equal(phones.counts.rings, 1);
  });

  it('know the same request by another way for merged (RFC 3261 8.2.2.2)', async () => {
    await open({ answerAfterMs: null });
    peer.send(peer.invite());
    await peer.get(180);
    peer.send(peer.invite({ branch: 'other-way' }));
    await peer.get(482);
    assert.equal(phones.counts.rings, 1);
  });

  it('do what the script says of each call: busy, challenge, silence', async () => {
    const statuses: Record<string, number> = { '1': 486, '2': 401 };
    let asked = 0;
    await open({
      behaviour: (number, invite) => {
        if (number === '3') return { isSilent: true };
        if (invite.header('authorization') !== '') return { status: 200 };
        asked += 1;
        return { status: statuses[number]!, answerAfterMs: 0, headers: { 'Retry-After': '5' } };
      },
    });
    peer.send(peer.invite({ number: '3', callId: 'silent' }));
    const busy = peer.invite({ number: '1', callId: 'busy' });
    peer.send(busy);
    assert.equal((await peer.get(486)).get('retry-after'), '5');
    peer.send(peer.ackOf(busy, await peer.get(486)));
    const first = peer.invite({ number: '2', callId: 'challenged' });
    peer.send(first);
    peer.send(peer.ackOf(first, await peer.get(401)));
    peer.send(
      peer.invite({ number: '2', callId: 'challenged', cseq: 2, branch: 'second', headers: ['Authorization: x'] }),
    );
    const answer = await peer.get(200);
    assert.match(answer.get('cseq'), /^2 /);
    assert.equal(asked, 2);
    assert.equal(phones.counts.rings, 3);
    assert.ok(peer.received.every((message) => message.get('call-id') !== 'silent'));
  });

  it('answer what belongs to no call as RFC 3261 says', async () => {
    await open();
    const answer = await up();
    const unknown = peer.within(answer, 'BYE').replace(/Call-ID: .*/, 'Call-ID: nobody');
    peer.send(unknown);
    await peer.get('481 BYE');
    peer.send(peer.within(answer, 'BYE').replace(/(To: .*;tag=).*/, '$1another'));
    await peer.get('481 BYE', 2);
    peer.send(unknown.replaceAll('BYE', 'OPTIONS').replace(/(To: .*);tag=.*/, '$1'));
    await peer.get('200 OPTIONS');
    peer.send(peer.within(answer, 'INFO', { cseq: 3 }));
    await peer.get('200 INFO');
    peer.send('\r\n\r\n');
    peer.send('not SIP at all\r\n\r\n');
    peer.send(peer.within(answer, 'OPTIONS', { cseq: 4 }));
    await peer.get('200 OPTIONS', 2);
    assert.equal(phones.counts.unreadable, 1);
    assert.equal(phones.calls, 1);
  });

  it('keep to the routes of the INVITE when they hang up, and refuse what they do not support', async () => {
    await open({ talkMs: 0 });
    const { address, port } = peer.hop;
    peer.send(peer.invite({ callId: 'extended', headers: ['Require: 100rel'] }));
    assert.equal((await peer.get(420)).get('unsupported'), '100rel');
    const route = `<sip:${address}:${port};lr>`;
    peer.send(
      peer.invite({ headers: [`Record-Route: ${route}`] }).replace(/Contact: .*/, 'Contact: <sip:far@nowhere.invalid>'),
    );
    const answer = await peer.get(200);
    assert.equal(answer.get('record-route'), route);
    peer.send(peer.within(answer, 'ACK', { cseq: 1 }));
    const bye = await peer.get('BYE');
    assert.equal(bye.uri, 'sip:far@nowhere.invalid');
    assert.equal(bye.get('route'), route);
  });

  it('hear and say nothing while they are deaf', async () => {
    await open();
    phones.isDeaf = true;
    peer.send(peer.invite({ callId: 'unheard' }));
    while (phones.counts.unheard === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen, ['unheard INVITE unheard']);
    phones.isDeaf = false;
    peer.send(peer.invite({ callId: 'heard' }));
    await peer.get(180);
    assert.deepEqual([...new Set(peer.received.map((message) => message.get('call-id')))], ['heard']);
    assert.deepEqual(seen, ['unheard INVITE unheard', 'ring +5548991000001']);
  });

  it('give a 200 up that nobody acknowledges in 64*T1, and say goodbye', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      await open({ answerAfterMs: 0 });
      peer.send(peer.invite());
      await peer.get(200);
      for (let half = 0; half < 63; half += 1) mock.timers.tick(500);
      // RFC 3261 13.3.1.4: after 0.5, 1.5, 3.5, 7.5 s and then each 4 s.
      await peer.get(200, 11);
      assert.deepEqual(seen, ['ring +5548991000001']);
      mock.timers.tick(500);
      const bye = await peer.get('BYE');
      assert.deepEqual(seen, ['ring +5548991000001', 'unacknowledged']);
      assert.equal(phones.counts.unacknowledged, 1);
      peer.respond(bye, 200);
      await once(events, 'cleared');
      assert.equal(peer.all(200).length, 11);
    } finally {
      mock.timers.reset();
    }
  });
});
