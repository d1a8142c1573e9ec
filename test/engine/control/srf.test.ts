import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONTROL_LIMITS } from '../../../lib/engine/control/connection.ts';
import type { SipMessage } from '../../../lib/engine/message/sip-message.ts';
import { EngineUnderTest, SECRET } from '../peers/engine-under-test.ts';
import { newSrf, type Srf, type SrfDialog, type SrfMessage, type SrfRequest, type SrfResponse } from '../peers/srf.ts';
import { SDP, type UdpPeer } from '../peers/udp-peer.ts';

const ENGINE = '127.0.12.61';
const PEER = '127.0.12.62';

interface Setting {
  readonly under: EngineUnderTest;
  readonly srf: Srf;
  disconnect(): void;
}

/** The application connects to the engine. */
async function inbound(prepare: (srf: Srf) => void): Promise<Setting> {
  const under = await EngineUnderTest.start(ENGINE);
  const srf = newSrf();
  srf.on('error', () => undefined);
  prepare(srf);
  srf.connect({ host: under.admin.address, port: under.admin.port, secret: SECRET });
  const [error] = (await once(srf, 'connect')) as [unknown];
  assert.equal(error, null);
  under.onStop(() => srf.disconnect());
  return { under, srf, disconnect: () => srf.disconnect() };
}

/** The application listens on a unix-domain socket, and the engine connects. */
async function outbound(prepare: (srf: Srf) => void): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const server = createServer();
  const srf = newSrf();
  prepare(srf);
  srf.listen({ server, secret: SECRET });
  const path = join(folder, 'app.sock');
  await once(server.listen(path), 'listening');
  const connected = once(srf, 'connect');
  const under = await EngineUnderTest.start(ENGINE, { control: { kind: 'connect', path, secret: SECRET } });
  await connected;
  under.onStop(() => {
    server.close();
    void rm(folder, { recursive: true, force: true });
  });
  return { under, srf, disconnect: () => srf.disconnect() };
}

for (const [mode, start] of [
  ['connected to the admin port', inbound],
  ['listening on a unix-domain socket', outbound],
] as const) {
  describe(`drachtio-srf, unmodified, ${mode}`, () => {
    let setting: Setting;
    let srf: Srf;
    let under: EngineUnderTest;
    let peer: UdpPeer;
    let onInvite: (req: SrfRequest, res: SrfResponse) => void;

    beforeEach(async () => {
      setting = await start((made) => {
        made.invite((req, res) => onInvite(req, res));
        made.register((req, res) => {
          if (req.has('authorization')) res.send(200, { headers: { Contact: `${req.get('contact')};expires=60` } });
          else res.send(401, { headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n", algorithm=MD5' } });
        });
      });
      ({ srf, under } = setting);
      peer = await under.peer(PEER);
      // The routes of the application are on their way behind its authentication.
      if (start === inbound) {
        for (let tries = 0; tries < 100; tries++) {
          peer.send(peer.build('REGISTER', `sip:${ENGINE}`), under.sip);
          const { message } = await peer.next(({ status }) => status === 401 || status === 503);
          if (message.status === 401) break;
        }
      }
    });
    afterEach(() => under.stop());

    const invited = (body: string = SDP, headers: Record<string, string> = {}): SipMessage => {
      const invite = peer.build('INVITE', `sip:100@${ENGINE}`, { body, headers });
      peer.send(invite, under.sip);
      return invite;
    };
    const inDialog = (
      method: string,
      invite: SipMessage,
      about: { toTag: string; cseq?: number; body?: string; headers?: Record<string, string> },
    ) => peer.build(method, `sip:${ENGINE}:${under.sip.port}`, { callId: invite.callId, ...about });

    async function answer(): Promise<{ dialog: SrfDialog; invite: SipMessage; toTag: string }> {
      const made = new Promise<SrfDialog>((resolve, reject) => {
        onInvite = (req, res) => srf.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
      });
      const invite = invited();
      const { message } = await peer.response(200, 'INVITE');
      const toTag = message.toTag!;
      peer.send(inDialog('ACK', invite, { toTag }), under.sip);
      return { dialog: await made, invite, toTag };
    }

    async function call(
      options: object = {},
    ): Promise<{ dialog: SrfDialog; invite: Awaited<ReturnType<UdpPeer['request']>> }> {
      const made = srf.createUAC(`sip:bob@${PEER}:${peer.port}`, { localSdp: SDP, callingNumber: '4831', ...options });
      const invite = await peer.request('INVITE');
      peer.respond(invite, 180, { tag: 'b' });
      peer.respond(invite, 200, { tag: 'b', body: SDP, headers: { 'Content-Type': 'application/sdp' } });
      const dialog = await made;
      await peer.request('ACK');
      return { dialog, invite };
    }

    it('rejects an INVITE with a Reason', async () => {
      const seen: string[] = [];
      onInvite = (req, res) => {
        seen.push(`${req.source_address}:${req.source_port} ${req.protocol} ${req.receivedOn}`);
        res.send(486, { headers: { Reason: 'Q.850;cause=17;text="Callback scheduled"', 'X-Callback-ID': 'id-1' } });
      };
      invited();
      const { message } = await peer.response(486);
      assert.equal(message.get('reason'), 'Q.850;cause=17;text="Callback scheduled"');
      assert.equal(message.get('x-callback-id'), 'id-1');
      assert.deepEqual(seen, [`${PEER}:${peer.port} udp ${ENGINE}:${under.sip.port}`]);
    });

    it('answers, and the caller hangs up', async () => {
      const { dialog, invite, toTag } = await answer();
      assert.equal(dialog.sip.localTag, toTag);
      const destroyed = once(dialog, 'destroy');
      peer.send(inDialog('BYE', invite, { toTag, cseq: 2 }), under.sip);
      await peer.response(200, 'BYE');
      const [, reason] = (await destroyed) as [SrfMessage, string];
      assert.equal(reason, 'normal release');
      under.assertEmpty();
    });

    it('answers, and hangs up', async () => {
      const { dialog } = await answer();
      const ended = dialog.destroy({ headers: { Reason: 'Q.850;cause=16;text="Done"' } });
      const bye = await peer.request('BYE');
      assert.equal(bye.message.get('reason'), 'Q.850;cause=16;text="Done"');
      peer.respond(bye, 200);
      await ended;
      under.assertEmpty();
    });

    it('hears of a missing ACK as the end of the dialog', async () => {
      const made = new Promise<SrfDialog>((resolve, reject) => {
        onInvite = (req, res) => srf.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
      });
      invited();
      await peer.response(200);
      const destroyed = once(await made, 'destroy');
      under.clock.advance(32_000);
      peer.respond(await peer.request('BYE'), 200);
      const [, reason] = (await destroyed) as [SrfMessage, string];
      assert.equal(reason, 'ACK timeout');
    });

    it('hears of a missing ACK also when the BYE finds no way to the peer', async () => {
      const made = new Promise<SrfDialog>((resolve, reject) => {
        onInvite = (req, res) => srf.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
      });
      invited(SDP, { 'Record-Route': '<sips:192.0.2.1;lr>' });
      await peer.response(200);
      const destroyed = once(await made, 'destroy');
      under.clock.advance(32_000);
      await destroyed;
    });

    it('hears of a CANCEL', async () => {
      const cancelled = new Promise<void>((resolve) => {
        onInvite = (req, res) => {
          res.send(180);
          req.on('cancel', () => resolve());
        };
      });
      const invite = invited();
      await peer.response(180);
      peer.send(peer.build('CANCEL', invite.uri, { callId: invite.callId, branch: invite.topVia!.branch! }), under.sip);
      await peer.response(487, 'INVITE');
      await cancelled;
    });

    it('calls, and hangs up', async () => {
      const { dialog, invite } = await call();
      assert.equal(invite.message.from?.uri, `sip:4831@${ENGINE}:${under.sip.port}`);
      assert.equal(dialog.remote.sdp, SDP);
      const ended = dialog.destroy();
      peer.respond(await peer.request('BYE'), 200);
      await ended;
      under.assertEmpty();
    });

    it('calls, and the other side hangs up', async () => {
      const { dialog, invite } = await call();
      const destroyed = once(dialog, 'destroy');
      peer.send(
        peer.build('BYE', `sip:${ENGINE}`, {
          callId: invite.message.callId,
          fromTag: 'b',
          toTag: invite.message.fromTag!,
        }),
        under.sip,
      );
      await peer.response(200, 'BYE');
      await destroyed;
      under.assertEmpty();
    });

    it('calls and is rejected: the error carries the status, and the engine has sent the ACK', async () => {
      const made = srf.createUAC(`sip:bob@${PEER}:${peer.port}`, { localSdp: SDP });
      const invite = await peer.request('INVITE');
      peer.respond(invite, 486, { tag: 'b' });
      await assert.rejects(made, { status: 486 });
      await peer.request('ACK');
      assert.equal(
        peer.count(({ method, isRequest }) => isRequest && method === 'ACK'),
        1,
      );
    });

    for (const status of [401, 407]) {
      it(`calls with credentials after ${status}`, async () => {
        const made = srf.createUAC(`sip:bob@${PEER}:${peer.port}`, {
          localSdp: SDP,
          auth: { username: 'u', password: 'p' },
        });
        const first = await peer.request('INVITE');
        const challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5';
        peer.respond(first, status, {
          tag: 'x',
          headers: { [status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate']: challenge },
        });
        await peer.request('ACK');
        const second = await peer.request('INVITE');
        const given = second.message.get(status === 401 ? 'authorization' : 'proxy-authorization')!;
        assert.ok(isRightDigest(given, { user: 'u', password: 'p', method: 'INVITE', uri: second.message.uri }), given);
        assert.equal(second.message.callId, first.message.callId);
        assert.equal(second.message.fromTag, first.message.fromTag);
        assert.equal(second.message.cseq!.number, first.message.cseq!.number + 1);
        peer.respond(second, 200, { tag: 'b', body: SDP });
        const dialog = await made;
        const ack = await peer.request('ACK');
        assert.equal(ack.message.get(status === 401 ? 'authorization' : 'proxy-authorization'), given, 'RFC 3261 22.1');
        const ended = dialog.destroy();
        peer.respond(await peer.request('BYE'), 200);
        await ended;
        under.assertEmpty();
      });
    }

    it('cancels a call', async () => {
      let sent: SrfRequest | undefined;
      const made = srf.createUAC(
        `sip:bob@${PEER}:${peer.port}`,
        { localSdp: SDP },
        { cbRequest: (_error, req) => (sent = req), cbProvisional: () => sent?.cancel() },
      );
      const failed = assert.rejects(made, { status: 487 });
      const invite = await peer.request('INVITE');
      peer.respond(invite, 180, { tag: 'b' });
      const cancel = await peer.request('CANCEL');
      peer.respond(cancel, 200);
      peer.respond(invite, 487, { tag: 'b' });
      await failed;
      await peer.request('ACK');
      under.assertEmpty();
    });

    it('gets and gives INFO in a dialog', async () => {
      const { dialog, invite, toTag } = await answer();
      dialog.on('info', (req: SrfRequest, res: SrfResponse) =>
        res.send(200, { headers: { 'X-Signal': req.body.trim() } }),
      );
      peer.send(inDialog('INFO', invite, { toTag, cseq: 2, body: 'Signal=5' }), under.sip);
      assert.equal((await peer.response(200, 'INFO')).message.get('x-signal'), 'Signal=5');
      const asked = dialog.request({
        method: 'INFO',
        body: 'Signal=6',
        headers: { 'Content-Type': 'application/dtmf-relay' },
      });
      const info = await peer.request('INFO');
      assert.equal(info.message.body.toString(), 'Signal=6');
      peer.respond(info, 200);
      assert.equal((await asked).status, 200);
    });

    it('gets and gives a re-INVITE', async () => {
      const { dialog, invite, toTag } = await answer();
      dialog.on('modify', (_req: SrfRequest, res: SrfResponse) => res.send(200, { body: SDP }));
      peer.send(inDialog('INVITE', invite, { toTag, cseq: 2, body: `${SDP}a=sendonly\r\n` }), under.sip);
      await peer.response(200, 'INVITE');
      peer.send(inDialog('ACK', invite, { toTag, cseq: 2 }), under.sip);
      const modified = dialog.modify(SDP);
      const again = await peer.request('INVITE');
      peer.respond(again, 200, { body: SDP, headers: { 'Content-Type': 'application/sdp' } });
      assert.equal(await modified, SDP);
      assert.equal((await peer.request('ACK')).message.cseq?.number, again.message.cseq?.number);
    });

    it('answers a REGISTER with a challenge, then with 200', async () => {
      const contact = { Contact: `<sip:201@${PEER}:${peer.port}>` };
      peer.send(peer.build('REGISTER', `sip:${ENGINE}`, { headers: contact }), under.sip);
      const challenge = await peer.response(401);
      assert.match(challenge.message.get('www-authenticate')!, /^Digest realm="r"/);
      peer.send(
        peer.build('REGISTER', `sip:${ENGINE}`, { headers: { ...contact, Authorization: 'Digest username="201"' } }),
        under.sip,
      );
      const ok = await peer.response(200);
      assert.equal(ok.message.get('contact'), `${contact.Contact};expires=60`);
    });

    it('sends OPTIONS outside of a dialog and gets the answer', async () => {
      const req = await srf.request(`sip:${PEER}:${peer.port}`, { method: 'OPTIONS' });
      const answered = once(req, 'response');
      const options = await peer.request('OPTIONS');
      peer.respond(options, 200, { tag: 'o' });
      const [res] = (await answered) as [SrfMessage];
      assert.equal(res.status, 200);
    });

    it('calls over TCP', async () => {
      const other = await EngineUnderTest.start('127.0.12.63');
      const app = await other.app('invite', 'bye');
      const made = srf.createUAC(`sip:bob@127.0.12.63:${other.sipTcp.port};transport=tcp`, {
        localSdp: SDP,
        callingNumber: '1',
      });
      const { tokens, message } = await app.event(({ method }) => method === 'INVITE');
      assert.equal(tokens[4], 'tcp');
      assert.match(message!.get('contact')!, /;transport=tcp>/);
      await app.ask(`sip|${tokens[8]}|`, `SIP/2.0 200 OK\r\n\r\n${SDP}`);
      const dialog = await made;
      await app.event(({ method }) => method === 'ACK');
      const ended = dialog.destroy();
      const bye = await app.event(({ method }) => method === 'BYE');
      await app.ask(`sip|${bye.tokens[8]}|`, 'SIP/2.0 200 OK\r\n\r\n');
      await ended;
      await other.stop();
    });

    it('dies with a call pending, one ringing and one up: 503, CANCEL and BYE', async () => {
      await answer();
      const failed = srf.createUAC(`sip:bob@${PEER}:${peer.port}`, { localSdp: SDP }).catch(() => undefined);
      const ringing = await peer.request('INVITE');
      peer.respond(ringing, 180, { tag: 'b' });
      const pending = new Promise<void>((resolve) => {
        onInvite = () => resolve();
      });
      invited();
      await pending;
      setting.disconnect();
      await peer.response(503, 'INVITE');
      await peer.request('CANCEL');
      peer.respond(await peer.request('BYE'), 200);
      void failed;
    });
  });
}

describe('the link to an application that listens', () => {
  it('is made again after it was lost, with more and more patience, and until then callers get 503', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'engine-'));
    const path = join(folder, 'app.sock');
    // The clock runs fast here; it must not outrun an authentication that is on its way.
    const controlLimits = { ...DEFAULT_CONTROL_LIMITS, authenticateMs: 1e9 };
    const under = await EngineUnderTest.start(ENGINE, {
      control: { kind: 'connect', path, secret: SECRET },
      controlLimits,
    });
    const peer = await under.peer(PEER);
    peer.send(peer.build('INVITE', `sip:${ENGINE}`), under.sip);
    await peer.response(503);
    const server = createServer();
    const srf = newSrf();
    srf.invite((_req, res) => res.send(480));
    srf.listen({ server, secret: SECRET });
    await once(server.listen(path), 'listening');
    for (let round = 0; round < 2; round++) {
      const connected = once(srf, 'connect');
      const clock = setInterval(() => under.clock.advance(1_000), 5);
      await connected;
      clearInterval(clock);
      for (let tries = 0; under.engine.stats().applications === 0; tries++) {
        assert.ok(tries < 1_000);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      peer.send(peer.build('INVITE', `sip:${ENGINE}`), under.sip);
      await peer.response(480);
      srf.disconnect();
    }
    server.close();
    await under.stop();
    await rm(folder, { recursive: true, force: true });
  });
});

function isRightDigest(given: string, about: { user: string; password: string; method: string; uri: string }): boolean {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const field = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(given)?.[1] ?? '';
  const ha1 = md5(`${about.user}:${field('realm')}:${about.password}`);
  const ha2 = md5(`${about.method}:${field('uri')}`);
  const expected = md5([ha1, field('nonce'), field('nc'), field('cnonce'), 'auth', ha2].join(':'));
  return field('response') === expected && field('uri') === about.uri;
}
