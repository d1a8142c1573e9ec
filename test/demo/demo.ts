import { parseArgs } from 'node:util';
import { RtpPeer } from '../support/rtp-peer.ts';
import { SipPhone } from '../support/sip-phone.ts';
import { LadderPrinter } from './ladder.ts';

/**
 * `make demo`: the story of the first callback, played against a running server with its demo configuration. Three phones
 * are played: the caller, his phone behind the trunk (port 5070), extension 200 (port 5071).
 */
const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '5060' },
    http: { type: 'string', default: '127.0.0.1:8080' },
  },
});

const CALLER = '+5548991996260';
const DIALLED = '+554831210110';
/** The caller's voice and the agent's, so that each can be heard to hear the other. */
const CALLER_TONE_HZ = 500;
const AGENT_TONE_HZ = 900;
const CALLBACK_WAIT_MS = 30_000;
const print = (line: string) => process.stdout.write(`${line}\n`);

async function play(): Promise<void> {
  const host = values.host;
  await expectServer();
  const caller = await SipPhone.open({ address: host, port: 0, user: CALLER });
  const trunk = await openPhone(host, 5070, CALLER, 'the phone behind the trunk');
  const agent = await openPhone(host, 5071, '200', 'extension 200');
  const voices = { caller: await RtpPeer.open({ address: host }), agent: await RtpPeer.open({ address: host }) };
  const ladder = new LadderPrinter(['caller', 'drachtio-callback', 'phone via trunk', 'extension 200'], print);
  ladder.follow(caller, 0);
  ladder.follow(trunk, 2);
  ladder.follow(agent, 3);
  try {
    const id = await reject(caller, ladder);
    await callBack({ trunk, agent, ladder, voices });
    ladder.say(`done. Everything that was decided is kept: GET http://${values.http}/api/v1/callbacks/${id}`);
  } finally {
    for (const part of [caller, trunk, agent, voices.caller, voices.agent]) part.close();
  }
}

async function reject(caller: SipPhone, ladder: LadderPrinter): Promise<string> {
  ladder.say(`${CALLER} dials ${DIALLED}`);
  const call = caller.call({
    to: `sip:${DIALLED}@${values.host}:${values.port}`,
    from: `<sip:${CALLER}@${values.host}>`,
  });
  const response = await call.final();
  const id = response.get('x-callback-id');
  if (id === '')
    throw new Error(`the call was not promised a callback but given ${response.status} ${response.phrase}`);
  ladder.say(`he pays nothing: ${response.status}, Reason: ${response.get('reason')}, X-Callback-ID: ${id}`);
  return id;
}

interface Story {
  trunk: SipPhone;
  agent: SipPhone;
  ladder: LadderPrinter;
  voices: { caller: RtpPeer; agent: RtpPeer };
}

async function callBack({ trunk, agent, ladder, voices }: Story): Promise<void> {
  const promisedAt = Date.now();
  const call = await trunk.nextCall(CALLBACK_WAIT_MS);
  ladder.say(`his phone rings ${((Date.now() - promisedAt) / 1_000).toFixed(2)} s after the rejection`);
  call.ring();
  await wait(800);
  voices.caller.aim(call.remoteSdp);
  await call.answer({ sdp: voices.caller.sdp() });
  await voices.caller.heard((packets) => packets.length > 100);
  ladder.say('he answers and hears the prompt; after two seconds he presses 1 (RFC 4733)');
  const answered = agent.nextCall(5_000);
  voices.caller.pressKey('1');
  const agentCall = await answered;
  ladder.say('extension 200 rings and answers');
  agentCall.ring();
  await wait(600);
  voices.agent.aim(agentCall.remoteSdp);
  await agentCall.answer({ sdp: voices.agent.sdp() });
  voices.caller.sendTone(CALLER_TONE_HZ);
  voices.agent.sendTone(AGENT_TONE_HZ);
  await Promise.all([
    voices.caller.heard(() => voices.caller.shareOf(AGENT_TONE_HZ) > 0.5),
    voices.agent.heard(() => voices.agent.shareOf(CALLER_TONE_HZ) > 0.5),
  ]);
  ladder.say('they talk: each hears the other');
  await wait(1_000);
  const over = agentCall.waitFor('BYE');
  await call.hangUp();
  await over;
  await wait(200);
}

async function expectServer(): Promise<void> {
  const answer = await fetch(`http://${values.http}/readyz`).catch(() => null);
  if (answer?.status !== 200) throw new Error(`no server is ready at http://${values.http}; start it first: make run`);
}

async function openPhone(address: string, port: number, user: string, what: string): Promise<SipPhone> {
  return SipPhone.open({ address, port, user }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${what} needs UDP ${address}:${port}, which cannot be opened (${error.code}); is another demo running?`,
    );
  });
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

await play().catch((error: Error) => {
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
});
