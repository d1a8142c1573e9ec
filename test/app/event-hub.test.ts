import assert from 'node:assert/strict';
import { EventHub } from '../../lib/app/event-hub.ts';
import type { SystemEvent } from '../../lib/ports/event-source.ts';

const FIRST = 5_000;
const event = (type: string) => ({ at: 1, type, callbackId: null, data: {} });

describe('EventHub', () => {
  it('tells every watcher each event once, in order and numbered, until he ends his subscription', () => {
    const hub = new EventHub(FIRST);
    const seen: SystemEvent[] = [];
    const other: SystemEvent[] = [];
    const end = hub.subscribe((one) => void seen.push(one));
    hub.subscribe((one) => void other.push(one));
    hub.publish(event('a'));
    hub.publish(event('b'));
    end();
    hub.publish(event('c'));
    assert.deepEqual(
      seen.map(({ type, sequence }) => [type, sequence]),
      [
        ['a', FIRST + 1],
        ['b', FIRST + 2],
      ],
    );
    assert.equal(other.length, 3);
  });

  it('gives a watcher who was cut off what he missed, and nothing twice', async () => {
    const hub = new EventHub(FIRST);
    assert.deepEqual(await hub.since(FIRST), []);
    for (const type of ['a', 'b', 'c']) hub.publish(event(type));
    assert.deepEqual(
      (await hub.since(FIRST + 1))?.map(({ type }) => type),
      ['b', 'c'],
    );
    assert.deepEqual(await hub.since(FIRST + 3), []);
  });

  it('says so when what he missed is not kept any more, or is of another process', async () => {
    const hub = new EventHub(FIRST);
    assert.equal(await hub.since(FIRST - 1), null);
    assert.equal(await hub.since(FIRST + 1), null);
    for (let count = 0; count < 10_000; count += 1) hub.publish(event('x'));
    assert.equal(await hub.since(FIRST + 1), null);
    const latest = await hub.since(FIRST + 9_000);
    assert.equal(latest?.length, 1_000);
  });

  it('does not let a watcher who throws harm the others', () => {
    const hub = new EventHub(FIRST);
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
