import assert from 'node:assert/strict';
import { DayBook } from '../../lib/app/day-book.ts';
import { EventHub } from '../../lib/app/event-hub.ts';
import { WireBook } from '../../lib/app/wire-book.ts';
import { BASE_AT, type Bench, bench } from './fakes.ts';

describe('HTTP: statistics', () => {
  let b: Bench;
  let hub: EventHub;
  beforeEach(async () => {
    hub = new EventHub();
    const store = { list: async () => ({ items: [], total: 0, page: 1, pageSize: 500 }) };
    b = await bench({ statistics: new DayBook({ clock: { now: () => BASE_AT }, store, events: hub }) });
  });
  afterEach(() => b.http.close());

  it('say what became of the callbacks, in sums and slots', async () => {
    const happens = (type: string, data = {}) => hub.publish({ at: BASE_AT, type, callbackId: 'c1', data });
    happens('callback.accepted');
    happens('callback.dialled', { latenessMs: 2 });
    happens('callback.done', { outcome: 'busy', reason: 'busy' });
    const { status, json } = await b.request('GET', '/api/v1/statistics');
    assert.equal(status, 200);
    assert.deepEqual(json.totals, { accepted: 1, dialled: 1, outcomes: { busy: 1 }, reasons: { busy: 1 } });
    assert.deepEqual(json.latenessMs, { p50: 2, p99: 2, most: 2 });
    assert.deepEqual(
      json.slots.map(({ at }: { at: string }) => at),
      ['2026-11-20T12:00:00.000Z'],
    );
  });

  it('refuse a span of time that ends before it begins', async () => {
    const { status, json } = await b.request(
      'GET',
      '/api/v1/statistics?from=2026-11-20T12:00:00Z&to=2026-11-20T11:00:00Z',
    );
    assert.equal(status, 400);
    assert.equal(json.error.path, 'from');
  });
});

describe('HTTP: the texts of SIP messages', () => {
  it('are those of the legs of a callback, and of nobody else', async () => {
    const messages = new WireBook();
    const b = await bench({ messages });
    const line = { direction: 'sent' as const, peer: 'udp/192.0.2.1:5060', summary: 'INVITE', at: BASE_AT };
    messages.note({ ...line, legId: 'caller', text: () => 'INVITE sip:a' });
    messages.note({ ...line, legId: 'stranger', text: () => 'INVITE sip:b' });
    messages.belongsTo('caller', 'c1');
    const { status, json } = await b.request('GET', '/api/v1/callbacks/c1/messages');
    assert.equal(status, 200);
    assert.deepEqual(
      json.items.map(({ text }: { text: string }) => text),
      ['INVITE sip:a'],
    );
    assert.equal((await b.request('GET', '/api/v1/callbacks/none/messages')).status, 404);
    await b.http.close();
  });

  it('have no proof of a password that somebody could guess at', async () => {
    const messages = new WireBook();
    const b = await bench({ messages });
    const line = { direction: 'sent' as const, peer: 'udp/192.0.2.1:5060', summary: 'INVITE', at: BASE_AT };
    const proof = 'Digest username="u", realm="r", nonce="n", response="0123456789abcdef", cnonce="c"';
    const text = `INVITE sip:a SIP/2.0\r\nProxy-Authorization: ${proof}\r\nauthorization: Digest response=fedcba9876543210\r\n`;
    messages.note({ ...line, legId: 'caller', text: () => text });
    messages.belongsTo('caller', 'c1');
    const shown = (await b.request('GET', '/api/v1/callbacks/c1/messages')).json.items[0].text as string;
    assert.doesNotMatch(shown, /0123456789abcdef|fedcba9876543210/);
    assert.match(shown, /username="u", realm="r", nonce="n", response="\*{8}", cnonce="c"/);
    await b.http.close();
  });
});
