import assert from 'node:assert/strict';
import { parseVia } from '../../../lib/engine/message/via.ts';
import type { Flow, ListenPoint } from '../../../lib/engine/transport/flow.ts';
import { chooseListenPoint, ownAddressTowards } from '../../../lib/engine/transport/listen-point-choice.ts';
import { responseDestination } from '../../../lib/engine/transport/request-source.ts';
import { SilenceList } from '../../../lib/engine/transport/silence-list.ts';
import { startLayer, teardown } from './peer.ts';

const udp = (address: string): ListenPoint => ({ protocol: 'udp', address, port: 5060 });

describe('the choice of a listen point', () => {
  afterEach(teardown);

  it('goes by protocol, family, loopback and nearness', () => {
    const points = ['127.0.0.1', '127.0.11.1', '10.1.2.3', '192.168.7.1', '::1', '2001:db8::1'].map(udp);
    const cases: Array<[string, string | undefined]> = [
      ['127.0.0.9', '127.0.0.1'],
      ['127.0.11.77', '127.0.11.1'],
      ['127.0.11.1', '127.0.11.1'],
      ['10.200.0.1', '10.1.2.3'],
      ['192.168.7.200', '192.168.7.1'],
      ['::1', '::1'],
      ['[0:0:0:0:0:0:0:1]', '::1'],
      ['2001:db8::99', '2001:db8::1'],
      ['example.com', undefined],
    ];
    for (const [remote, expected] of cases)
      assert.equal(chooseListenPoint(points, 'udp', remote)?.address, expected, remote);
    assert.equal(chooseListenPoint(points, 'tcp', '127.0.0.1'), undefined);
    assert.equal(chooseListenPoint([udp('10.1.2.3')], 'udp', '127.0.0.1')?.address, '10.1.2.3');
    assert.equal(chooseListenPoint([udp('127.0.0.1'), udp('0.0.0.0')], 'udp', '10.0.0.1')?.address, '0.0.0.0');
  });

  it('gives what is advertised, and never an unspecified address', async () => {
    assert.equal(ownAddressTowards('127.0.0.9'), '127.0.0.1');
    assert.equal(ownAddressTowards('::1'), '::1');
    const { layer, points } = await startLayer([
      { protocol: 'udp', address: '0.0.0.0', port: 0 },
      { protocol: 'tcp', address: '127.0.11.1', port: 0, advertised: 'sip.example.com', advertisedPort: 5999 },
    ]);
    assert.deepEqual(layer.sentByFor('udp', '127.0.0.9'), { host: '127.0.0.1', port: points[0]?.port });
    assert.deepEqual(layer.sentByFor('tcp', '127.0.11.2'), { host: 'sip.example.com', port: 5999 });
    assert.equal(layer.sentByFor('udp', '::1'), undefined);
  });
});

describe('the way of a response (RFC 3261 18.2.2)', () => {
  const flow: Flow = {
    protocol: 'udp',
    localAddress: '192.0.2.1',
    localPort: 5060,
    remoteAddress: '192.0.2.9',
    remotePort: 40_000,
  };

  it('is the source for rport, maddr when it is an address, else the sent-by port', () => {
    const target = (text: string, over: Flow = flow) => {
      const via = parseVia(text);
      assert.ok(via);
      const to = responseDestination(via, over);
      return 'address' in to ? [to.address, to.port] : [to.remoteAddress, to.remotePort];
    };
    assert.deepEqual(target('SIP/2.0/UDP h:5070;received=192.0.2.9;rport=40000'), ['192.0.2.9', 40_000]);
    assert.deepEqual(target('SIP/2.0/UDP h:5070;received=192.0.2.9'), ['192.0.2.9', 5070]);
    assert.deepEqual(target('SIP/2.0/UDP 192.0.2.9'), ['192.0.2.9', 5060]);
    assert.deepEqual(target('SIP/2.0/UDP h:5070;maddr=192.0.2.77'), ['192.0.2.77', 5070]);
    assert.deepEqual(target('SIP/2.0/UDP h:5070;maddr=name.example'), ['192.0.2.9', 5070]);
    assert.deepEqual(target('SIP/2.0/TCP h:5070', { ...flow, protocol: 'tcp' }), ['192.0.2.9', 5070]);
  });
});

describe('silenced addresses', () => {
  it('are bounded in number: the oldest is heard again', () => {
    const list = new SilenceList(2);
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) list.add(address, 100);
    assert.deepEqual(
      ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => list.has(address, 50)),
      [false, true, true],
    );
    assert.equal(list.has('192.0.2.3', 100), false);
    list.add('2001:db8::1', 100);
    assert.equal(list.has('2001:0DB8:0::1', 50), true);
  });
});
