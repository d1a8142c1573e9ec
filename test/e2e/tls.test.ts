import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createEngine, type Engine } from '../../lib/engine/engine.ts';
import { newSrf, type Srf, type SrfDialog, type SrfRequest } from '../engine/peers/srf.ts';
import { CertificateAuthority, fingerprint } from '../support/certificates.ts';
import { Server } from '../support/server.ts';
import { sdpText } from '../support/sip-text.ts';
import { loopback } from './loopback.ts';

const APPLICATION = loopback(68);
const CARRIER = loopback(69);
const DIALLED = '+554831210110';

/** A carrier on an engine of its own, by TLS alone: it keeps registrations, and answers who is called. */
class Carrier {
  readonly srf: Srf;
  readonly #engine: Engine;
  readonly calls: Array<{ request: SrfRequest; dialog: Promise<SrfDialog> }> = [];
  readonly registered: SrfRequest[] = [];
  #called = Promise.withResolvers<void>();

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.srf = newSrf();
  }

  static async open(tls: { certFile: string; keyFile: string; caFile: string }): Promise<Carrier> {
    const engine = createEngine({
      listenPoints: [{ protocol: 'tls', address: CARRIER, port: 5061 }],
      control: { kind: 'listen', address: CARRIER, port: 0, secret: 's' },
      tls,
    });
    const { admin } = await engine.start();
    const carrier = new Carrier(engine);
    const { srf } = carrier;
    srf.options((_req, res) => res.send(200));
    srf.register((req, res) => {
      carrier.registered.push(req);
      if (req.has('authorization')) res.send(200, { headers: { Contact: `${req.get('contact')}` } });
      else res.send(401, { headers: { 'WWW-Authenticate': 'Digest realm="carrier", nonce="n", qop="auth"' } });
    });
    srf.invite((request, res) => {
      const localSdp = sdpText({ address: CARRIER, port: 40_000, payloads: [8, 101] });
      carrier.calls.push({ request, dialog: srf.createUAS(request, res, { localSdp }) });
      carrier.#called.resolve();
    });
    srf.connect({ ...admin!, host: admin!.address, secret: 's' });
    await once(srf, 'connect');
    return carrier;
  }

  async call() {
    await this.#called.promise;
    return this.calls[0]!;
  }

  async close(): Promise<void> {
    this.srf.disconnect();
    await this.#engine.stop();
  }
}

describe('a callback by TLS alone', function () {
  this.timeout(60_000);
  let authority: CertificateAuthority;
  let carrier: Carrier;
  let server: Server;

  const configuration = (trunk: string) => `
trunks:
  - name: carrier
    proxy: 'sip:${CARRIER}:5061;transport=tls'
    auth: { username: sapers, password: secret }
    register: { expiresSeconds: 300 }
    health: { optionsSeconds: 1 }
    ${trunk}
inboundNumbers: [{ number: '${DIALLED}', callback: true }]
callbackRules: [{ name: any, trunk: carrier, delaySeconds: 0, next: stay }]
flows: [{ name: stay, start: menu, components: { menu: { type: menu, choices: { '1': bye }, firstDigitTimeoutSeconds: 10, otherwise: bye }, bye: { type: hangup } } }]
`;

  before(() => {
    authority = new CertificateAuthority();
  });
  after(() => authority.remove());
  afterEach(async () => {
    await server?.stop('SIGKILL');
    await carrier?.close();
  });

  const startServer = (trunk = '', flags: string[] = []) => {
    const own = authority.issue('DNS:us.example');
    return Server.start({
      address: APPLICATION,
      configuration: configuration(trunk),
      sip: [`sip:${APPLICATION}:5061;transport=tls`],
      flags: ['--cert-file', own.certFile, '--key-file', own.keyFile, '--ca-file', authority.caFile, ...flags],
    });
  };

  it('registers, is pinged, rejects the caller, rings back, and is hung up, all by TLS', async () => {
    const { caFile } = authority;
    carrier = await Carrier.open({ ...authority.issue(`IP:${CARRIER}`), caFile });
    server = await startServer();
    await server.untilTrunk('carrier', { registration: { state: 'registered' }, ping: { answered: true } }, 10_000);
    assert.match(
      carrier.registered[0]!.get('contact') ?? '',
      new RegExp(`<sip:sapers@${APPLICATION}:5061;transport=tls>`),
    );
    // The carrier knows us by our own certificate, which names no address.
    const uri = `sip:${DIALLED}@${APPLICATION}:5061;transport=tls`;
    const failed = carrier.srf.createUAC(uri, {
      proxy: `sip:${APPLICATION}:5061;transport=tls;tls-verify=none`,
      localSdp: sdpText({ address: CARRIER, port: 40_000 }),
      headers: { From: `<sip:+5548991996260@${CARRIER}>` },
    });
    await assert.rejects(failed, { status: 486 });
    const { request, dialog } = await carrier.call();
    assert.equal(request.protocol, 'tls');
    assert.match(request.get('via') ?? '', new RegExp(`^SIP/2\\.0/TLS ${APPLICATION}:5061`));
    assert.match(request.get('contact') ?? '', new RegExp(`${APPLICATION}:5061;transport=tls`));
    assert.doesNotMatch(request.uri, /tls-verify/);
    const answered = await dialog;
    await answered.destroy();
    await server.until((all) => all[0]?.state === 'done', 10_000, 'the callback is done');
  });

  it('knows a trunk that signs its own certificate by its fingerprint, and says what is wrong with another', async () => {
    const stranger = new CertificateAuthority();
    try {
      const own = stranger.issue(`IP:${CARRIER}`);
      carrier = await Carrier.open({ ...own, caFile: authority.caFile });
      server = await startServer();
      await server.untilTrunk('carrier', { state: 'down' }, 15_000);
      assert.match(server.output, /signed by nobody whom we trust .*tlsVerify: '/);
      await server.stop();
      server = await startServer(`tlsVerify: '${fingerprint(own)}'`);
      await server.untilTrunk('carrier', { registration: { state: 'registered' }, ping: { answered: true } }, 10_000);
    } finally {
      stranger.remove();
    }
  });
});
