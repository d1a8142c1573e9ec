import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { SrfAgent } from '../../lib/sip/srf-shapes.ts';
import { gatherWrites } from '../../lib/sip/srf-wire.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

function connection() {
  const stream = new PassThrough();
  const written: string[] = [];
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const wp = {} as SrfAgent['wp'];
  const writes = gatherWrites({ wp } as SrfAgent);
  const socket = stream as unknown as Socket;
  return { socket, written, writes, send: (text: string) => wp.send(socket, text) };
}

const nextTurn = () => new Promise(setImmediate);

describe('sip: what is said to the engine', () => {
  it('in one turn of the event loop goes out together, each message with its name and its length in bytes', async () => {
    const { send, written } = connection();
    const names = [send('ping'), send('sip||\r\nINFO sip:zoë SIP/2.0\r\n\r\n')];
    assert.deepEqual(written, []);
    await nextTurn();
    await nextTurn();
    const second = `${names[1]}|sip||\r\nINFO sip:zoë SIP/2.0\r\n\r\n`;
    assert.deepEqual(written, [`41#${names[0]}|ping${Buffer.byteLength(second)}#${second}`]);
    for (const name of names) assert.match(name, new RegExp(`^${UUID}$`));
    send('ping');
    await nextTurn();
    await nextTurn();
    assert.equal(written.length, 2);
  });

  it('goes out before the connection is closed, and only once', async () => {
    const { send, written, writes, socket } = connection();
    send('ping');
    writes.flush(socket);
    socket.end();
    send('too late');
    await nextTurn();
    await nextTurn();
    assert.equal(written.length, 1);
  });
});
