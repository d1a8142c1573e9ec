/** A webhook, a voice message and a recorded talk over the wire, and a server that is killed while it records. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { wavHead } from '../../lib/records/recordings/wav-head.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { API_KEY, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(71);
const NETWORK = loopback(72);
const OFFICE = loopback(73);
const HOOK = loopback(74);
const DIALLED = '+554831210110';
const PERSON_HZ = 500;
const OFFICE_HZ = 1000;
const ANNOUNCEMENT_HZ = 700;
const SECRET = 'kept-to-ourselves';

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [
    { name: 'network', proxy: `sip:${NETWORK}:5070;transport=udp` },
    { name: 'office', proxy: `sip:${OFFICE}:5070;transport=udp` },
  ],
  inboundNumbers: [{ number: DIALLED, callback: true }],
  callbackRules: [{ name: 'any', trunk: 'network', delaySeconds: 0, next: 'reception' }],
  cdr: {},
  flows: [
    {
      name: 'reception',
      start: 'ask',
      components: {
        ask: {
          type: 'webhook',
          url: `http://${HOOK}:8090/next`,
          secret: SECRET,
          timeoutSeconds: 1,
          exits: { message: 'message', talk: 'talk' },
          otherwise: 'sorry',
        },
        message: { type: 'record', silenceSeconds: 1, next: 'bye', otherwise: 'sorry', consent: true },
        talk: { type: 'dial', number: '+554831210199', trunk: 'office', record: true },
        sorry: { type: 'hangup', reason: 'Sorry' },
        bye: { type: 'hangup', reason: 'Thank you' },
      },
    },
  ],
});

interface Recording {
  id: string;
  kind: string;
  callbackId: string;
  attemptId: string;
  endedAt: string | null;
  seconds: number;
  why: string;
  channels: number;
}

/** How much of the power of a channel is in this tone, in the middle second of it: 0 to 1. */
function shareOf(wav: Buffer, hertz: number, channel: number): number {
  const channels = wav.readUInt16LE(22);
  const samples = Array.from({ length: (wav.length - 44) / (2 * channels) }, (_, i) =>
    wav.readInt16LE(44 + 2 * (i * channels + channel)),
  );
  const middle = samples.slice(Math.max(0, samples.length / 2 - 4000), samples.length / 2 + 4000);
  let [re, im, power] = [0, 0, 0];
  for (const [i, sample] of middle.entries()) {
    re += sample * Math.cos((2 * Math.PI * hertz * i) / 8000);
    im += sample * Math.sin((2 * Math.PI * hertz * i) / 8000);
    power += sample * sample;
  }
  return power === 0 ? 0 : (2 * (re * re + im * im)) / (middle.length * power);
}

function tone(hertz: number, seconds: number): Buffer {
  const data = Buffer.alloc(seconds * 16_000);
  for (let i = 0; i < seconds * 8000; i += 1)
    data.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * hertz * i) / 8000)), 2 * i);
  return Buffer.concat([wavHead(1, data.length), data]);
}

describe('what is recorded, over the wire', function () {
  this.timeout(60_000);
  let data: string;
  let server: Server;
  let hook: HttpServer;
  let answer: string | null;
  let asked: Array<{ body: Record<string, unknown>; signature: string; key: string }>;
  let network: SipPhone;
  let office: SipPhone;
  let person: RtpPeer;
  let clerk: RtpPeer;

  before(async () => {
    data = mkdtempSync(join(tmpdir(), 'callback-recordings-'));
    mkdirSync(join(data, 'prompts'), { recursive: true });
    writeFileSync(join(data, 'prompts', 'recorded.wav'), tone(ANNOUNCEMENT_HZ, 1));
    hook = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        const { 'x-callback-signature': signature, 'idempotency-key': key } = request.headers;
        asked.push({ body: JSON.parse(body), signature: String(signature), key: String(key) });
        if (answer !== null) response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
      });
    });
    hook.listen(8090, HOOK);
    await once(hook, 'listening');
    network = await SipPhone.open({ address: NETWORK, port: 5070, user: 'network' });
    office = await SipPhone.open({ address: OFFICE, port: 5070, user: 'office' });
    server = await Server.start({ address: APPLICATION, configuration, dataDirectory: data });
  });
  beforeEach(async () => {
    asked = [];
    answer = null;
    person = await RtpPeer.open({ address: NETWORK });
    clerk = await RtpPeer.open({ address: OFFICE, eventPayload: 96 });
  });
  afterEach(() => {
    person?.close();
    clerk?.close();
  });
  after(async () => {
    await server?.stop('SIGKILL');
    hook?.closeAllConnections();
    hook?.close();
    for (const phone of [network, office]) phone?.close();
    rmSync(data, { recursive: true, force: true });
  });

  /** Asks for a callback, and answers it. */
  async function calledBack(caller: string) {
    const call = network.call({ to: `sip:${DIALLED}@${APPLICATION}:5060`, from: `<sip:${caller}@${NETWORK}>` });
    const id = (await call.final()).get('x-callback-id')!;
    const back = await network.nextCall();
    await back.answer({ sdp: person.sdp() });
    person.aim(back.remoteSdp);
    return { id, back };
  }

  async function recordingOf(
    callbackId: string,
    holds: (one: Recording) => boolean = (one) => one.endedAt !== null && one.why !== null,
  ) {
    for (const end = Date.now() + 10_000; Date.now() < end; ) {
      const { body } = await server.api(`/api/v1/recordings?callback=${callbackId}`);
      const [found] = (body as { items: Recording[] }).items;
      if (found !== undefined && holds(found)) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return assert.fail('there is no such recording');
  }

  async function audioOf({ id }: Recording): Promise<Buffer> {
    const url = `http://${APPLICATION}:8080/api/v1/recordings/${id}/audio`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${API_KEY}` } });
    assert.equal(response.status, 200);
    return Buffer.from(await response.arrayBuffer());
  }

  const ended = async (id: string) =>
    (await server.until((all) => all.some((one) => one.id === id && one.state === 'done'), 10_000, 'done')).find(
      (one) => one.id === id,
    )!;

  it('a server says that the person leaves a message: it holds his tone, until he is silent', async () => {
    answer = JSON.stringify({ exit: 'message', variables: { customer: 'Ana' } });
    const { id, back } = await calledBack('+554891234567');
    person.sendTone(PERSON_HZ);
    await recordingOf(id, () => true);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    person.silence();
    await back.waitFor((message) => message.method === 'BYE');
    const recording = await recordingOf(id);
    assert.deepEqual([recording.kind, recording.why, recording.channels], ['message', 'silence', 1]);
    assert.ok(recording.seconds > 2.5 && recording.seconds < 5, `${recording.seconds} s`);
    assert.ok(recording.attemptId.startsWith(id));
    const wav = await audioOf(recording);
    assert.ok(shareOf(wav, PERSON_HZ, 0) > 0.8, `${shareOf(wav, PERSON_HZ, 0)}`);
    assert.equal(asked.length, 1);
    assert.equal((asked[0]!.body['caller'] as { e164: string }).e164, '+554891234567');
    assert.match(asked[0]!.signature, /^t=\d+,v1=[0-9a-f]{64}$/);
    assert.ok(!server.output.includes(SECRET));
    const { outcome } = await ended(id);
    assert.equal(outcome, 'connected');
  });

  it('a talk is recorded with the person on the left, once both have been told', async () => {
    answer = JSON.stringify({ exit: 'talk' });
    const { id, back } = await calledBack('+554891234568');
    const target = await office.nextCall();
    await target.answer({ sdp: clerk.sdp() });
    clerk.aim(target.remoteSdp);
    for (const side of [person, clerk])
      await side.heard((packets) => packets.length > 20 && side.shareOf(ANNOUNCEMENT_HZ) > 0.9);
    person.sendTone(PERSON_HZ);
    clerk.sendTone(OFFICE_HZ);
    for (const [side, other] of [
      [person, OFFICE_HZ],
      [clerk, PERSON_HZ],
    ] as const)
      await side.heard((packets) => packets.length > 20 && side.shareOf(other) > 0.9);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await back.hangUp();
    await target.waitFor((message) => message.method === 'BYE');
    const recording = await recordingOf(id);
    assert.deepEqual([recording.kind, recording.why, recording.channels], ['talk', 'hangup', 2]);
    const wav = await audioOf(recording);
    const shares = [shareOf(wav, PERSON_HZ, 0), shareOf(wav, OFFICE_HZ, 1)];
    assert.ok(
      shares.every((share) => share > 0.8),
      shares.join(' '),
    );
    assert.ok(shareOf(wav, OFFICE_HZ, 0) < 0.1 && shareOf(wav, PERSON_HZ, 1) < 0.1, 'the channels are apart');
    const { events = [] } = await server.callback(id);
    const types = events.map(({ type }) => type);
    for (const type of ['recording-announced', 'recording-began', 'recorded']) assert.ok(types.includes(type), type);
    const { body } = await server.api('/api/v1/audit?q=listened');
    assert.ok(JSON.stringify(body).includes(recording.id));
  });

  it('a server that does not answer leads to otherwise', async () => {
    const { id, back } = await calledBack('+554891234569');
    const bye = await back.waitFor((message) => message.method === 'BYE');
    assert.match(bye.get('reason') ?? '', /Sorry/);
    assert.equal(asked.length, 2);
    assert.equal(asked[0]!.key, asked[1]!.key);
    const { events = [] } = await server.callback(id);
    const failed = events.find(({ type }) => type === 'hook-failed');
    assert.equal((failed?.['detail'] as { why?: string } | undefined)?.why, 'timeout');
  });

  it('a recording that was cut by a kill is there after the next start, up to the last half second', async () => {
    answer = JSON.stringify({ exit: 'message' });
    const { id } = await calledBack('+554891234570');
    person.sendTone(PERSON_HZ);
    await recordingOf(id, () => true);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await server.stop('SIGKILL');
    person.silence();
    const names = () => readdirSync(join(data, 'recordings'), { recursive: true }).map(String);
    assert.equal(names().filter((name) => name.endsWith('.part')).length, 1);
    server = await Server.start({ address: APPLICATION, configuration, dataDirectory: data });
    const recording = await recordingOf(id);
    assert.equal(recording.why, 'cut');
    assert.ok(recording.seconds >= 1 && recording.seconds < 5, `${recording.seconds} s`);
    assert.deepEqual(
      names().filter((name) => name.endsWith('.part')),
      [],
    );
    assert.ok(shareOf(await audioOf(recording), PERSON_HZ, 0) > 0.8);
  });
});
