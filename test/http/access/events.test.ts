import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Reader } from '../event-reader.ts';
import { type Bench, bench, callbackOf, eventOf } from '../fakes.ts';
import { addUser, type Browser, signIn } from './people.ts';

const HOST = '127.0.65.10';
const MINE = '+554831210110';

describe('HTTP: who hears of what', () => {
  let b: Bench;
  let port: number;
  beforeEach(async () => {
    b = await bench({ heartbeatMs: 20 });
    b.store.items = [callbackOf('mine'), callbackOf('other', { inboundNumber: '+554831210111' })];
    ({ port } = await b.http.listen(HOST, 0));
  });
  afterEach(() => b.http.close());

  async function listen({ cookie }: Browser): Promise<Reader> {
    const sent = get({ host: HOST, port, path: '/api/v1/events', headers: { cookie } });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const reader = new Reader(response);
    assert.match(await reader.next(), /^retry/);
    return reader;
  }
  /** The next frame that is an event. */
  async function heard(reader: Reader): Promise<{ callbackId: string | null; data: Record<string, unknown> }> {
    for (;;) {
      const frame = await reader.next();
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (data !== undefined) return JSON.parse(data);
    }
  }

  it('is told of callbacks of his inbound numbers alone, in their order', async () => {
    await addUser(b, 'ana', 'supervisor', { inboundNumbers: [MINE] });
    const reader = await listen(await signIn(b, 'ana'));
    for (const [index, callbackId] of ['other', 'mine', 'none', null, 'other', 'mine'].entries())
      b.events.emit({ ...eventOf(index + 1), callbackId });
    const ids = [await heard(reader), await heard(reader), await heard(reader)].map(({ callbackId }) => callbackId);
    assert.deepEqual(ids, ['mine', null, 'mine']);
  });

  it('sees no number of a caller as a monitor', async () => {
    await addUser(b, 'mo', 'monitor');
    const reader = await listen(await signIn(b, 'mo'));
    const data = { number: '+5548991996260', callerName: 'Ana', inboundNumber: MINE, state: 'dialing' };
    b.events.emit({ ...eventOf(1), data });
    const shown = { number: '+5548*******60', callerName: null, inboundNumber: MINE, state: 'dialing' };
    assert.deepEqual((await heard(reader)).data, shown);
  });

  it('hears no more when the session is over, or the permission gone', async () => {
    await addUser(b, 'ana', 'supervisor');
    const out = await signIn(b, 'ana');
    const reader = await listen(out);
    assert.equal((await out.ask('DELETE', '/api/v1/session')).status, 204);
    await reader.end();
    const off = await signIn(b, 'ana');
    const second = await listen(off);
    await b.request('PUT', '/api/v1/users/ana', { username: 'ana', role: 'supervisor', enabled: false });
    await second.end();
  });
});
