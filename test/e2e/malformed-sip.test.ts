/** Whoever can send a packet can send any packet: the running server shrugs it off, and a good call works after it. */

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PhoneCall } from '../support/phone-call.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { loopback } from './loopback.ts';
import { type Program, readiness, Scratch, serveFlags, startServe } from './program.ts';

const ADDRESS = loopback(131);
/** The trunk: what it sends gets past the first gate. */
const PROVIDER = loopback(132);
const STRANGER = loopback(133);
const SEED = 20_261_120;
const FLOOD_MS = 2_000;

const CONFIGURATION = `version: 1
defaultCountry: BR
trunks:
  - { name: provider, proxy: 'sip:${PROVIDER}:5060;transport=udp', accept: ['${PROVIDER}/32'] }
inboundNumbers:
  - { number: '+554831210110', callback: true }
  - { number: '+554831210111', flow: talk }
callbackRules:
  - { name: general, origin: any, method: caller, trunk: provider, delaySeconds: 1, next: talk }
flows:
  - name: talk
    start: menu
    components:
      menu: { type: menu, prompt: 'tone:beep', firstDigitTimeoutSeconds: 20, choices: { '1': bye }, otherwise: bye }
      bye: { type: hangup }
limits:
  perNumber: { max: 100000, perSeconds: 3600 }
`;

/** Park and Miller: the same garbage in every run. */
class Random {
  #state = SEED;

  below(limit: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return this.#state % limit;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

const NASTY = [
  '',
  '\0',
  '"',
  '\\"',
  '<',
  '>;;;;',
  '\r\n X: y',
  '%00%0d%0a',
  '__proto__',
  'constructor',
  '-1',
  '99999999999999999999',
  'é€😀',
  '\u202e',
  'a'.repeat(3_000),
  '('.repeat(200),
  'sip:'.repeat(50),
  ',,,,',
];

let serial = 0;
/** Good calls so far: each has a number of its own. */
let good = 0;

/** An INVITE that is right but for what the caller of this function does to it. */
function invite(address: string, port: number, user = '+554831210111'): string[] {
  serial += 1;
  return [
    `INVITE sip:${user}@${ADDRESS}:5060 SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${port};rport;branch=z9hG4bKfuzz${serial}`,
    'Max-Forwards: 70',
    `From: <sip:48991996260@${address}>;tag=f${serial}`,
    `To: <sip:${user}@${ADDRESS}>`,
    `Call-ID: fuzz-${serial}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:48991996260@${address}:${port}>`,
    'Privacy: none',
    'P-Asserted-Identity: "x" <sip:+5548991996260@x>',
    'Content-Type: application/sdp',
    'Content-Length: 0',
  ];
}

/** One fault or several, anywhere in it. */
function broken(random: Random, address: string, port: number): Buffer {
  const lines = invite(address, port, random.pick(['+554831210110', '+554831210111', random.pick(NASTY)]));
  for (let faults = 1 + random.below(3); faults > 0; faults -= 1) {
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    const cut = random.below(line.length + 1);
    const how = random.below(6);
    if (how === 0) lines.splice(at, 1);
    else if (how === 1) lines.splice(at, 0, line);
    else if (how === 2) lines[at] = `${line.slice(0, cut)}${random.pick(NASTY)}${line.slice(cut)}`;
    else if (how === 3) lines[at] = line.replace(/: .*/, () => `: ${random.pick(NASTY)}`);
    else if (how === 4) lines[at] = line.slice(0, cut);
    else lines[at] = `${random.pick(NASTY)}: ${random.pick(NASTY)}`;
  }
  const body = random.below(3) === 0 ? `v=0\r\nm=audio ${random.pick(NASTY)} RTP/AVP 8\r\n` : '';
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  for (let flips = random.below(3); flips > 0; flips -= 1) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

describe('serve under malformed SIP', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let program: Program;
  let phone: SipPhone;
  /** The callback that is answered; all others (of broken INVITEs that were right enough) find the line busy. */
  let expected = Promise.withResolvers<PhoneCall>();
  let expectedId = '';
  before(async () => {
    scratch = new Scratch();
    writeFileSync(scratch.at('c.yaml'), CONFIGURATION);
    program = await startServe(ADDRESS, [
      ...serveFlags(ADDRESS, scratch.at('data'), '--config', scratch.at('c.yaml')),
      ...['--rtp-ports', '20000-20999', '--drain-seconds', '1'],
    ]);
    phone = await SipPhone.open({ address: PROVIDER, port: 5060, user: '48991996260' });
    phone.onCall = (call) => {
      if (expectedId !== '' && call.invite.get('x-callback-id') === expectedId) expected.resolve(call);
      else call.reject(486);
    };
  });
  after(async () => {
    program?.signal('SIGTERM');
    const code = await program?.exit(15_000);
    phone?.close();
    scratch.remove();
    assert.equal(code, 0);
  });

  async function gauge(name: string): Promise<number> {
    const text = await (await fetch(`http://${ADDRESS}:8080/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  }

  /** Sends for a while; every packet is paced, so that the machine is not starved. */
  async function flood(send: () => void): Promise<void> {
    const until = Date.now() + FLOOD_MS;
    while (Date.now() < until) {
      for (let count = 0; count < 8; count += 1) send();
      await delay(10);
    }
  }

  async function socketAt(address: string): Promise<Socket> {
    const socket = createSocket('udp4').bind(0, address);
    await once(socket, 'listening');
    return socket;
  }

  async function assertWell(): Promise<void> {
    assert.equal(await readiness(ADDRESS), 200);
    assert.doesNotMatch(
      program.stdout + program.stderr,
      /unhandled|a fault of its own|could not be handled|listener of/i,
    );
    await program.until(
      'no leg and no endpoint is left',
      async () => (await gauge('callback_legs')) === 0 && (await gauge('callback_media_endpoints')) === 0,
      12_000,
    );
    good += 1;
    const from = `<sip:489919962${60 + good}@${PROVIDER}>`;
    const promise = await phone.call({ to: `sip:+554831210110@${ADDRESS}:5060`, from }).final();
    assert.equal(promise.status, 486, promise.raw);
    expected = Promise.withResolvers();
    expectedId = promise.get('x-callback-id');
    const call = await expected.promise;
    await call.answer();
    await call.hangUp();
    await program.until('the call is over', async () => (await gauge('callback_legs')) === 0);
  }

  it('garbage and the torture messages of RFC 4475, by UDP from a stranger', async () => {
    const random = new Random();
    const folder = join(import.meta.dirname, '../engine/message/torture');
    const torture = readdirSync(folder).filter((name) => name.endsWith('.dat'));
    const messages = torture.map((name) => readFileSync(join(folder, name)));
    const socket = await socketAt(STRANGER);
    await flood(() => {
      const message = random.below(2) === 0 ? random.pick(messages) : random.bytes(random.below(1_400));
      socket.send(message, 5060, ADDRESS);
    });
    socket.close();
    await assertWell();
  });

  it('broken INVITEs by UDP from the trunk, answered calls that nobody acknowledges among them', async () => {
    const random = new Random();
    const socket = await socketAt(PROVIDER);
    const { port } = socket.address();
    /** Whoever is answered is hung up on: an ACK and a BYE, so that no leg waits for its timeout. */
    socket.on('message', (bytes, from) => {
      const text = bytes.toString('latin1');
      const header = (name: string) => new RegExp(`^${name}: *(.*)$`, 'im').exec(text)?.[1] ?? '';
      if (text.startsWith('SIP/2.0 200') && header('CSeq').endsWith('INVITE')) {
        for (const [method, number] of [
          ['ACK', Number.parseInt(header('CSeq'), 10)],
          ['BYE', Number.parseInt(header('CSeq'), 10) + 1],
        ]) {
          serial += 1;
          const lines = [
            `${method} sip:${ADDRESS}:5060 SIP/2.0`,
            `Via: SIP/2.0/UDP ${PROVIDER}:${port};rport;branch=z9hG4bKend${serial}`,
            'Max-Forwards: 70',
            ...['From', 'To', 'Call-ID'].map((name) => `${name}: ${header(name)}`),
            `CSeq: ${number} ${method}`,
            'Content-Length: 0',
          ];
          socket.send(`${lines.join('\r\n')}\r\n\r\n`, from.port, from.address);
        }
      }
    });
    await flood(() => socket.send(broken(random, PROVIDER, port), 5060, ADDRESS));
    await assertWell();
    socket.close();
  });

  it('garbage, halves and endless messages by TCP', async () => {
    const random = new Random();
    const endless = Buffer.from(`INVITE sip:x@${ADDRESS} SIP/2.0\r\n${'X: y\r\n'.repeat(20_000)}`);
    const sockets = new Set<ReturnType<typeof connect>>();
    let opened = 0;
    await flood(() => {
      opened += 1;
      if (opened % 4 !== 0 || sockets.size > 50) return;
      const socket = connect(5060, ADDRESS);
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      const whole = broken(random, STRANGER, 5060);
      const what = random.below(4);
      if (what === 0) socket.end(random.bytes(2_000));
      else if (what === 1) socket.end(whole.subarray(0, random.below(whole.length)));
      else if (what === 2) socket.write(endless, () => socket.destroy());
      else socket.end(whole);
    });
    for (const socket of sockets) socket.destroy();
    await assertWell();
  });
});
