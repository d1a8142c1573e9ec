/** Over the wire: a person hears the recording of his language, and the one that was uploaded in its place. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { decodeG711 } from '../../lib/media/embedded/g711.ts';
import { readWav } from '../../lib/media/prompts/wav.ts';
import { RtpPeer } from '../support/rtp-peer.ts';
import { API_KEY, Server } from '../support/server.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { sine, sixteenBits, waveFile } from '../support/wave-file.ts';
import { loopback } from './loopback.ts';

const ADDRESS = loopback(64);
const CARRIER = loopback(65);
const SPANISH = '+554831210110';
const USUAL = '+554831210111';

const configuration = stringify({
  version: 1,
  defaultCountry: 'BR',
  trunks: [{ name: 'carrier', proxy: `sip:${CARRIER}:5070;transport=udp`, codecs: ['PCMA'] }],
  inboundNumbers: [
    { number: SPANISH, callback: true, language: 'es' },
    { number: USUAL, callback: true, flow: 'bye' },
  ],
  callbackRules: [
    { name: 'of the number', inboundNumbers: [SPANISH], trunk: 'carrier', delaySeconds: 0, next: 'bye' },
    { name: 'english', origin: '+55489912*', trunk: 'carrier', delaySeconds: 0, next: 'bye', language: 'en' },
  ],
  flows: [
    {
      name: 'bye',
      start: 'say',
      components: { say: { type: 'announce', prompt: 'goodbye&digits:12', next: 'end' }, end: { type: 'hangup' } },
    },
  ],
});

function shipped(language: string, ...names: string[]): number[] {
  return names.flatMap((name) => {
    const wav = readWav(readFileSync(join(import.meta.dirname, '../../prompts', language, `${name}.wav`)));
    assert.ok(wav.result === 'read');
    return [...wav.samples];
  });
}

/** As they were heard: A-law, with what is between packets left out. */
function heard(peer: RtpPeer): number[] {
  const audio = peer.received.filter(({ payloadType }) => payloadType === 8);
  return audio.flatMap(({ payload }) => [...decodeG711('PCMA', payload)]);
}

/** How much of what was heard is what was to be heard: 1 is all of it. */
function likeness(samples: readonly number[], wanted: readonly number[]): number {
  let [product, one, other] = [0, 0, 0];
  for (const [index, sample] of wanted.entries()) {
    const got = samples[index] ?? 0;
    product += sample * got;
    one += sample * sample;
    other += got * got;
  }
  return product / Math.sqrt(one * other || 1);
}

describe('prompts over the wire', function () {
  this.timeout(60_000);
  let directory: string;
  let server: Server;
  let carrier: SipPhone;
  const peers: RtpPeer[] = [];

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'prompts-'));
    carrier = await SipPhone.open({ address: CARRIER, port: 5070 });
    server = await Server.start({ address: ADDRESS, configuration, dataDirectory: directory });
  });
  after(async () => {
    await server?.stop('SIGKILL');
    carrier?.close();
    for (const peer of peers) peer.close();
    rmSync(directory, { recursive: true });
  });

  async function peer(): Promise<RtpPeer> {
    const opened = await RtpPeer.open({ address: CARRIER });
    peers.push(opened);
    return opened;
  }

  /** Asks for a callback, takes it, and listens until it is hung up. */
  async function calledBack(number: string, from: string): Promise<number[]> {
    const asked = carrier.call({ to: `sip:${number}@${ADDRESS}:5060`, from: `<sip:${from}@${CARRIER}>` });
    assert.equal((await asked.final()).status, 486);
    const person = await peer();
    const call = await carrier.nextCall();
    person.aim(call.invite.body);
    await call.answer({ sdp: person.sdp() });
    await call.waitFor('BYE');
    return heard(person);
  }

  const upload = async (language: string, name: string, file: Buffer) => {
    const answer = await fetch(`http://${ADDRESS}:8080/api/v1/prompts?language=${language}&name=${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'audio/wav' },
      body: new Uint8Array(file),
    });
    assert.equal(answer.status, 201, await answer.text());
  };

  it('are in the language of the inbound number, with the keys behind them, whole and nothing else', async () => {
    const samples = await calledBack(SPANISH, '+5548991990001');
    const wanted = shipped('es', 'goodbye', 'digits/1', 'digits/2');
    assert.ok(likeness(samples, wanted) > 0.99, `${likeness(samples, wanted)} of it is Spanish`);
    assert.ok(likeness(samples, shipped('pt-BR', 'goodbye')) < 0.5);
    assert.ok(Math.abs(samples.length - wanted.length) <= 320, `${samples.length} samples for ${wanted.length}`);
  });

  it('are in the language of the rule, before that of the number', async () => {
    const samples = await calledBack(USUAL, '+5548991290002');
    assert.ok(likeness(samples, shipped('en', 'goodbye', 'digits/1', 'digits/2')) > 0.99);
  });

  it('are in the language of our country for a call that a flow takes', async () => {
    const person = await peer();
    const call = carrier.call({
      to: `sip:${USUAL}@${ADDRESS}:5060`,
      from: `<sip:+5511987650003@${CARRIER}>`,
      sdp: person.sdp(),
    });
    const answer = await call.final();
    assert.equal(answer.status, 200);
    person.aim(answer.body);
    await call.waitFor('BYE');
    const wanted = shipped('pt-BR', 'goodbye', 'digits/1', 'digits/2');
    assert.ok(likeness(heard(person), wanted) > 0.9, `${likeness(heard(person), wanted)} of it is Portuguese`);
  });

  it('are those that were uploaded from the next call on, also after a restart; deleted, the others are back', async () => {
    const own = waveFile(sixteenBits(sine(700, { rate: 44_100, seconds: 1 })), { rate: 44_100 });
    await upload('es', 'goodbye', own);
    const isTone = (samples: readonly number[]) => {
      const tone = sine(700, { rate: 8000, seconds: 1 }).map((sample) => sample * 32_767);
      return likeness(samples.slice(0, 8000), tone);
    };
    assert.ok(isTone(await calledBack(SPANISH, '+5548991990004')) > 0.99);
    await server.stop('SIGKILL');
    server = await Server.start({ address: ADDRESS, configuration, dataDirectory: directory });
    assert.ok(isTone(await calledBack(SPANISH, '+5548991990005')) > 0.99);
    assert.equal((await server.api('/api/v1/prompts/es/goodbye?force=true', { method: 'DELETE' })).status, 204);
    const samples = await calledBack(SPANISH, '+5548991990006');
    assert.ok(likeness(samples, shipped('es', 'goodbye')) > 0.99);
  });
});
