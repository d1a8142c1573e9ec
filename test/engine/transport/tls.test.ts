import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Notice } from '../../../lib/engine/transport/tls-care.ts';
import type { TlsSettings } from '../../../lib/engine/transport/tls-credentials.ts';
import {
  type Destination,
  type ListenPoint,
  TransportLayer,
  type TransportOptions,
} from '../../../lib/engine/transport/transport-layer.ts';
import { type Certificate, CertificateAuthority, fingerprint } from '../../support/certificates.ts';
import { sampleRequest } from '../message/sample.ts';
import { Inbox, onTeardown, startLayer, tcpPeer, teardown } from './peer.ts';

const US = '127.0.68.1';
const PEER = '127.0.68.2';
const HOST = 'sip.carrier.example';
const point = (address: string): ListenPoint => ({ protocol: 'tls', address, port: 0 });

/** Node's types know no local address here; its `connect` does. */
function tlsPeer(port: number, localAddress: string): TLSSocket {
  const options = { host: US, port, localAddress, rejectUnauthorized: false };
  return connectTls(options as ConnectionOptions);
}

describe('TLS', function () {
  this.timeout(20_000);
  let authority: CertificateAuthority;
  let stranger: CertificateAuthority;
  let ours: Certificate;
  let carriers: Certificate;

  before(() => {
    authority = new CertificateAuthority();
    stranger = new CertificateAuthority();
    ours = authority.issue('DNS:us.example');
    carriers = authority.issue(`DNS:${HOST}`);
  });
  after(() => {
    authority.remove();
    stranger.remove();
  });
  afterEach(teardown);

  const withNotices = () => {
    const notices = new Inbox<Notice>();
    return { notices, onNotice: (notice: Notice) => notices.put(notice) };
  };

  const start = (address: string, own: Certificate, options: Partial<TransportOptions> = {}) =>
    startLayer([point(address)], { tls: { ...own, caFile: authority.caFile }, ...options });

  /** A carrier with this certificate, and a message to it; gives back why it did not leave, or undefined. */
  async function attempt(own: Certificate, about: Partial<Destination>, tls: TlsSettings = {}) {
    const there = await start(PEER, own);
    const { notices, onNotice } = withNotices();
    const here = await start(US, ours, { tls: { ...ours, caFile: authority.caFile, ...tls }, onNotice });
    const to = { protocol: 'tls', address: PEER, port: there.points[0]!.port, trust: 'name', ...about } as Destination;
    try {
      await here.layer.send(sampleRequest(), to);
      await there.inbox.at(0);
      return { there, here, to, why: undefined, notices };
    } catch (error) {
      assert.equal(there.inbox.items.length, 0, 'nothing of it arrived');
      const { code, message } = error as NodeJS.ErrnoException;
      return { there, here, to, why: `${code} ${message}`, notices };
    }
  }

  it('carries messages both ways on one connection, which is used again for responses, dialogs and the bare address', async () => {
    const { there, here, to } = await attempt(carriers, { host: HOST });
    const { flow, message } = await there.inbox.at(0);
    assert.deepEqual([flow.protocol, flow.remoteAddress], ['tls', US]);
    assert.equal(there.layer.responseTarget(message.topVia!, flow), flow);
    await there.layer.send(sampleRequest({ 'Call-ID': 'back' }), flow);
    assert.equal((await here.inbox.at(0)).message.callId, 'back');
    await here.layer.send(sampleRequest({ 'Call-ID': 'again' }), to);
    await here.layer.send(sampleRequest({ 'Call-ID': 'dialog' }), { protocol: 'tls', address: PEER, port: to.port });
    const flows = [1, 2].map(async (index) => (await there.inbox.at(index)).flow.connectionId);
    assert.deepEqual(await Promise.all(flows), [flow.connectionId, flow.connectionId]);
  });

  it('needs no listen point for what is connected from here', async () => {
    const there = await start(PEER, carriers);
    const { layer } = await startLayer([{ protocol: 'udp', address: US, port: 0 }], {
      tls: { caFile: authority.caFile },
    });
    assert.deepEqual(layer.sentByFor('tls', PEER), { host: US, port: 5061 });
    await layer.send(sampleRequest(), { protocol: 'tls', address: PEER, port: there.points[0]!.port, host: HOST });
    assert.equal((await there.inbox.at(0)).flow.remoteAddress, US);
  });

  const cases: Array<
    [
      string,
      string | null,
      Partial<Parameters<CertificateAuthority['issue']>[1]>,
      Partial<Destination>,
      RegExp | undefined,
    ]
  > = [
    ['a DNS name', `DNS:${HOST}`, {}, { host: 'SIP.carrier.EXAMPLE.' }, undefined],
    ['a sip: URI', `URI:sip:${HOST}`, {}, { host: HOST }, undefined],
    ['an address', `IP:${PEER}`, {}, {}, undefined],
    ['a common name, and no subjectAltName', null, { common: HOST }, { host: HOST }, undefined],
    ['a wildcard that is allowed', 'DNS:*.carrier.example', {}, { host: HOST, trust: 'wildcard' }, undefined],
    ['anybody, where anybody will do', 'DNS:other.example', {}, { host: HOST, trust: 'none' }, undefined],
    [
      'another name',
      'DNS:other.example',
      {},
      { host: HOST },
      /^ECERT .*not that of sip\.carrier\.example, but of other\.example: write one/,
    ],
    ['another name, and the right common name', 'DNS:other.example', { common: HOST }, { host: HOST }, /^ECERT /],
    ['a URI of a user', `URI:sip:bob@${HOST}`, {}, { host: HOST }, /^ECERT /],
    ['a URI of another scheme', `URI:https://${HOST}`, {}, { host: HOST }, /^ECERT /],
    ['a wildcard', 'DNS:*.carrier.example', {}, { host: HOST }, /^ECERT .*tlsVerify: wildcard/],
    ['a name, for an address', `DNS:${HOST}`, {}, {}, /^ECERT .*not that of 127\.0\.68\.2/],
    ['yesterday', `DNS:${HOST}`, { days: -1 }, { host: HOST }, /^ECERT .*expired; .*renew/],
    [
      'another certificate than the pinned one',
      `DNS:${HOST}`,
      {},
      { host: HOST, trust: 'a'.repeat(64) },
      /^ECERT .*fingerprint is [0-9A-F:]{95}$/,
    ],
  ];
  for (const [what, names, how, about, refusal] of cases) {
    it(`${refusal === undefined ? 'takes' : 'refuses'} a certificate of ${what}`, async () => {
      const { why, notices } = await attempt(authority.issue(names, how), about);
      if (refusal === undefined) assert.equal(why, undefined);
      else {
        assert.match(why ?? 'sent', refusal);
        assert.equal((await notices.at(0)).level, 'warn');
      }
    });
  }

  it('refuses whom nobody vouches for, unless it is the very one that is pinned', async () => {
    const own = stranger.issue(`DNS:${HOST}`);
    const pin = fingerprint(own).replaceAll(':', '').toLowerCase();
    const { why } = await attempt(own, { host: HOST });
    assert.match(why ?? 'sent', /^ECERT .*--ca-file.*tlsVerify: '[0-9A-F:]{95}'$/);
    await teardown();
    assert.equal((await attempt(own, { host: HOST, trust: pin })).why, undefined);
  });

  it('does not hand a message for a name to the connection of another, nor to one that a stranger made', async () => {
    const { here, to, there } = await attempt(carriers, { host: HOST });
    await assert.rejects(here.layer.send(sampleRequest(), { ...to, host: 'other.example' }), { code: 'ECERT' });
    const client = tlsPeer(here.points[0]!.port, PEER);
    onTeardown(async () => client.destroy());
    client.on('error', () => undefined);
    client.write(sampleRequest());
    const { flow } = await here.inbox.at(0);
    const unknown = { protocol: 'tls', address: PEER, port: flow.remotePort } as const;
    await assert.rejects(here.layer.send(sampleRequest(), { ...unknown, trust: 'name' }));
    await here.layer.send(sampleRequest(), { ...unknown, trust: 'flow' });
    assert.match(String(await once(client, 'data')), /^OPTIONS /);
    client.destroy();
    await here.closed.at(0);
    await assert.rejects(here.layer.send(sampleRequest(), { ...unknown, trust: 'flow' }), { code: 'ENOTCONN' });
    assert.equal(there.inbox.items.length, 1);
  });

  it('closes what does not get through the handshake, and counts it meanwhile', async () => {
    const limits = { handshakeMs: 200, maxConnectionsPerAddress: 2 };
    const { layer, points, inbox } = await start(US, ours, { limits });
    const garbage = await tcpPeer(points[0]!, '127.0.68.3');
    garbage.socket.write('INVITE sip:a@b SIP/2.0\r\n\r\n');
    await garbage.closed;
    assert.equal(layer.counters.handshakesFailed, 1);
    const mute = [await tcpPeer(points[0]!, '127.0.68.4'), await tcpPeer(points[0]!, '127.0.68.4')];
    const third = await tcpPeer(points[0]!, '127.0.68.4');
    await third.closed;
    assert.equal(layer.counters.connectionsRefused, 1);
    // One byte now and then is no progress.
    mute[0]!.socket.write(Buffer.from([0x16]));
    await Promise.all(mute.map(({ closed }) => closed));
    const good = tlsPeer(points[0]!.port, '127.0.68.4');
    onTeardown(async () => good.destroy());
    good.write(sampleRequest());
    assert.equal((await inbox.at(0)).flow.protocol, 'tls');
  });

  it('speaks nothing older than TLS 1.2', async () => {
    const { points } = await start(US, ours);
    const old = connectTls({
      ...{ host: US, port: points[0]!.port, rejectUnauthorized: false },
      ...{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    });
    const [error] = (await once(old, 'error')) as [NodeJS.ErrnoException];
    assert.match(error.code ?? '', /^ERR_SSL|ECONNRESET|EPROTO/);
  });

  it('says that no TLS is spoken there, and gives up on who never answers', async () => {
    const limits = { connectTimeoutMs: 100 };
    const { layer } = await start(US, ours, { limits });
    const plain = await startLayer([{ protocol: 'tcp', address: PEER, port: 0 }], {
      limits: { partialMessageMs: 5_000 },
    });
    const to = { protocol: 'tls', address: PEER, port: plain.points[0]!.port } as const;
    await assert.rejects(layer.send(sampleRequest(), to), /TLS handshake|ETIMEDOUT|no answer in 100 ms/);
  });

  it('shows a renewed certificate to new connections, and keeps the old one if the new one is broken', async () => {
    const { notices, onNotice } = withNotices();
    const live = {
      certFile: join(authority.directory, 'live-cert.pem'),
      keyFile: join(authority.directory, 'live-key.pem'),
    };
    const install = ({ certFile, keyFile }: Certificate) => {
      copyFileSync(certFile, live.certFile);
      copyFileSync(keyFile, live.keyFile);
    };
    install(ours);
    const { layer, points } = await start(US, live, { onNotice });
    const shown = async () => {
      const client = connectTls({ host: US, port: points[0]!.port, rejectUnauthorized: false });
      await once(client, 'secureConnect');
      const certificate = client.getPeerCertificate().fingerprint256;
      client.destroy();
      return certificate;
    };
    assert.equal(await shown(), fingerprint(ours));
    install(carriers);
    layer.renewCertificates();
    assert.match((await notices.at(0)).text, /read again/);
    assert.equal(await shown(), fingerprint(carriers));
    writeFileSync(live.keyFile, readFileSync(ours.keyFile));
    layer.renewCertificates();
    const { level, text } = await notices.at(1);
    assert.equal(level, 'warn');
    assert.match(text, /stay as they were: .*key-file \S+ is not the key of cert-file/);
    assert.equal(await shown(), fingerprint(carriers));
    assert.ok(!JSON.stringify(notices.items).includes('PRIVATE'));
  });

  it('says which file is wrong', async () => {
    const open = (tls: TlsSettings) =>
      new TransportLayer({ listenPoints: [point(US)], onMessage: () => {}, onMalformed: () => {}, tls });
    const { certFile, keyFile } = ours;
    assert.throws(() => open({ certFile, keyFile: '/nowhere.pem' }), /key-file \/nowhere\.pem does not exist/);
    assert.throws(() => open({ certFile: keyFile, keyFile }), /cert-file \S+ holds no certificate in PEM/);
    assert.throws(() => open({ certFile, keyFile: certFile }), /key-file \S+ holds no private key/);
    assert.throws(() => open({ certFile }), /no key-file: they go together/);
    await assert.rejects(open({}).start(), /tls\/127\.0\.68\.1:0: there is no certificate: give --cert-file/);
  });
});
