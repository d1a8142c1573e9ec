import assert from 'node:assert/strict';
import { EventHub } from '../../lib/app/event-hub.ts';
import type { SystemEvent } from '../../lib/ports/event-source.ts';

const event = (type: string) => ({ at: 1, type, callbackId: null, data: {} });

describe('EventHub', () => {
  it('tells every watcher each event once, in order, until he ends his subscription', () => {
    const hub = new EventHub();
    const seen: SystemEvent[] = [];
    const other: SystemEvent[] = [];
    const end = hub.subscribe((one) => void seen.push(one));
    hub.subscribe((one) => void other.push(one));
    hub.publish(event('a'));
    hub.publish(event('b'));
    end();
    hub.publish(event('c'));
    assert.deepEqual(
      seen.map(({ type }) => type),
      ['a', 'b'],
    );
    assert.equal(other.length, 3);
  });

  it('does not let a watcher who throws harm the others', () => {
    const hub = new EventHub();
    const seen: string[] = [];
    let thrown = 0;
    hub.subscribe(() => {
      thrown += 1;
      throw new Error('on purpose');
    });
    hub.subscribe(({ type }) => void seen.push(type));
    hub.publish(event('a'));
    hub.publish(event('b'));
    assert.deepEqual([seen, thrown], [['a', 'b'], 1]);
  });
});
