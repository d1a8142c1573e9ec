import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { Reader } from './event-reader.ts';
import { API_KEY, BASE_AT, type Bench, bench, eventOf } from './fakes.ts';

const HOST = '127.4.0.1';
const KEY = { 'x-api-key': API_KEY };

describe('HTTP: events', () => {
  let b: Bench;
  let port: number;
  const open = async (headers: Record<string, string> = {}, query = ''): Promise<Reader> => {
    const sent = get({
      host: HOST,
      port,
      path: `/api/v1/events${query}`,
      headers: { ...KEY, ...headers },
      agent: false,
    });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    const reader = new Reader(response);
    assert.match(await reader.next(), /^retry: \d+$/);
    return reader;
  };
  const start = async (change = {}) => {
    b = await bench(change);
    ({ port } = await b.http.listen(HOST, 0));
  };
  afterEach(() => b.http.close());

  it('come as they happen, with number, type and time', async () => {
    await start();
    const reader = await open();
    assert.match(String(reader.response.headers['content-type']), /^text\/event-stream/);
    assert.equal(reader.response.headers['x-content-type-options'], 'nosniff');
    b.events.emit({ ...eventOf(5, 'callback.accepted'), data: { state: 'dialing', dueAt: BASE_AT } });
    const [id, event, data] = (await reader.next()).split('\n');
    assert.deepEqual([id, event], ['id: 5', 'event: callback.accepted']);
    assert.deepEqual(JSON.parse(data!.slice('data: '.length)), {
      sequence: 5,
      at: '2026-11-20T12:00:00.005Z',
      type: 'callback.accepted',
      callbackId: 'c1',
      data: { state: 'dialing', dueAt: '2026-11-20T12:00:00.000Z' },
    });
  });

  it('go on after the last one that was seen, none missing and none twice', async () => {
    await start();
    for (const sequence of [1, 2, 3]) b.events.emit(eventOf(sequence));
    let letGo = () => {};
    b.events.gate = new Promise((resolve) => {
      letGo = resolve;
    });
    const reader = await open({ 'last-event-id': '1' });
    // this one comes live while the missed ones are still being read
    b.events.emit(eventOf(4));
    letGo();
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await reader.next()).split('\n')[0]);
    b.events.emit(eventOf(5));
    ids.push((await reader.next()).split('\n')[0]);
    assert.deepEqual(ids, ['id: 2', 'id: 3', 'id: 4', 'id: 5']);
  });

  it('say so when some of the missed ones are not kept any more', async () => {
    await start();
    b.events.emit(eventOf(100));
    const reader = await open({}, '?lastEventId=7');
    assert.match(await reader.next(), /^event: reset\n/);
    b.events.emit(eventOf(101));
    assert.match(await reader.next(), /^id: 101\n/);
  });

  it('send a sign of life in between', async () => {
    await start({ heartbeatMs: 20 });
    const reader = await open();
    assert.equal(await reader.next(), ': alive');
  });

  it('can not be smuggled into by a line break in a type', async () => {
    await start();
    const reader = await open();
    b.events.emit(eventOf(1, 'x\ndata: forged'));
    assert.equal((await reader.next()).split('\n').length, 3);
  });

  it('cut off a reader that does not read, and forget one that left', async () => {
    await start();
    const socket = connect(port, HOST);
    socket.pause();
    socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: x\r\nx-api-key: ${API_KEY}\r\n\r\n`);
    while (b.events.listeners.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const text = 'x'.repeat(100_000);
    let sent = 0;
    while (b.events.listeners.size > 0 && sent < 1000) {
      b.events.emit({ ...eventOf(++sent), data: { text } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(sent < 1000, 'it is still there');
    socket.destroy();
    const reader = await open();
    assert.equal(b.events.listeners.size, 1);
    reader.response.destroy();
    while (b.events.listeners.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('are given to a bounded number of readers', async () => {
    await start({ mostStreams: 1 });
    const reader = await open();
    const refused = await b.request('GET', '/api/v1/events');
    assert.deepEqual([refused.status, refused.json.error.code], [503, 'too-many-streams']);
    reader.response.destroy();
    while (b.events.listeners.size > 0) await new Promise((resolve) => setImmediate(resolve));
    await open();
  });

  it('go on from a sequence as a running server counts them', async () => {
    await start();
    const first = Date.UTC(2026, 10, 20) * 1_000;
    for (const sequence of [first, first + 1]) b.events.emit(eventOf(sequence));
    const reader = await open({ 'last-event-id': String(first) });
    assert.match(await reader.next(), new RegExp(`^id: ${first + 1}\n`));
  });

  it('refuse a Last-Event-ID that is none', async () => {
    await start();
    const { status, json } = await b.request('GET', '/api/v1/events', undefined, { 'last-event-id': 'abc' });
    assert.deepEqual([status, json.error.path], [400, 'lastEventId']);
  });

  it('end when the server closes', async () => {
    await start();
    const reader = await open();
    await b.http.close();
    await reader.end();
    assert.equal(b.events.listeners.size, 0);
  });
});

describe('HTTP: the server', () => {
  it('says in one line when its port is taken, or its address is not here', async () => {
    const first = await bench();
    const { port } = await first.http.listen(HOST, 0);
    const second = await bench();
    await assert.rejects(second.http.listen(HOST, port), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ADDRESS_IN_USE');
      assert.match(error.message, new RegExp(`${HOST}:${port}: the port is taken`));
      assert.ok(!error.message.includes('\n'));
      return true;
    });
    await assert.rejects(second.http.listen('192.0.2.1', 0), { code: 'ADDRESS_NOT_AVAILABLE' });
    await Promise.all([first.http.close(), second.http.close()]);
  });

  it('closes while a connection is kept alive, twice if asked', async () => {
    const b = await bench();
    const { port } = await b.http.listen(HOST, 0);
    const socket = connect(port, HOST);
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    await Promise.all([b.http.close(), b.http.close()]);
    socket.destroy();
  });

  it('answers what is not HTTP with an error of the same form, and lives', async () => {
    const b = await bench();
    const { port } = await b.http.listen(HOST, 0);
    for (const text of ['nonsense\r\n\r\n', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`]) {
      const socket = connect(port, HOST);
      socket.write(text);
      let answer = '';
      socket.on('data', (data) => {
        answer += data;
      });
      await once(socket, 'close');
      assert.match(answer, /^HTTP\/1\.1 4\d\d /);
      assert.match(answer, /"code":"malformed-request"/);
    }
    assert.equal((await b.request('GET', '/healthz')).status, 200);
    await b.http.close();
  });

  it('takes names with slashes, spaces and other letters over a real socket', async () => {
    const b = await bench();
    const { port } = await b.http.listen(HOST, 0);
    await b.request('POST', '/api/v1/trunks', { name: 'é / ü?#', proxy: 'sip:a' });
    const sent = request({
      host: HOST,
      port,
      path: `/api/v1/trunks/${encodeURIComponent('é / ü?#')}`,
      headers: KEY,
      agent: false,
    });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    response.resume();
    await once(response, 'end');
    await b.http.close();
  });
});
