import assert from 'node:assert/strict';
import type { OutgoingRequest, SipLink } from '../../lib/sip/link.ts';
import { SealedLink } from '../../lib/sip/sealed-link.ts';

const request = (method: string, dialogId: string | null): OutgoingRequest => ({
  ...{ method, dialogId, uri: 'sip:1@127.0.54.1', nextHop: null, headers: {}, body: null },
});

describe('a sealed link', () => {
  const sent: string[] = [];
  const refused: string[] = [];
  const failed: string[] = [];
  const link = { send: ({ method }: OutgoingRequest) => void sent.push(method) } as unknown as SipLink;
  const sealed = new SealedLink(link, (method) => void refused.push(method));
  const send = (method: string, dialogId: string | null) =>
    sealed.send(request(method, dialogId), {
      sent: () => assert.fail('it left'),
      failed: () => void failed.push(method),
      response: () => assert.fail('nobody was asked'),
    });

  it('lets no INVITE out, in a dialog or not, and no registration; and says so to whoever asked', () => {
    send('INVITE', null);
    send('INVITE', 'dialog');
    for (const method of ['REGISTER', 'MESSAGE', 'REFER', 'SUBSCRIBE', 'CANCEL']) send(method, null);
    assert.deepEqual(sent, []);
    assert.deepEqual(refused, ['INVITE', 'INVITE', 'REGISTER', 'MESSAGE', 'REFER', 'SUBSCRIBE', 'CANCEL']);
    assert.deepEqual(failed, refused);
  });

  it('lets a dialog end, and a trunk be asked whether it lives', () => {
    send('BYE', 'dialog');
    send('OPTIONS', null);
    assert.deepEqual(sent, ['BYE', 'OPTIONS']);
  });
});
