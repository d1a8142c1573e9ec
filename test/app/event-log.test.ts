import assert from 'node:assert/strict';
import { EventHub } from '../../lib/app/event-hub.ts';
import { EventLog, MOST_MISSED } from '../../lib/app/event-log.ts';
import type { Callback, CallbackLogEntry } from '../../lib/core/callback/callback.ts';
import type { SystemEvent } from '../../lib/ports/event-source.ts';
import type { SequencedLogEntry } from '../../lib/ports/store.ts';
import { callbackSample } from '../store/callback-sample.ts';
import { recordingLog } from '../store/harness.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** The log that all nodes share, as one node sees it. */
class SharedLog {
  entries: SequencedLogEntry[] = [];
  callbacks = new Map<string, Callback>();
  reads = 0;
  failure: Error | null = null;

  async logSince(sequence: number, limit: number) {
    this.reads += 1;
    if (this.failure !== null) throw this.failure;
    return this.entries.filter((entry) => entry.sequence > sequence).slice(0, limit);
  }
  async lastLogSequence() {
    if (this.failure !== null) throw this.failure;
    return this.entries.at(-1)?.sequence ?? 0;
  }
  async get(id: string) {
    return this.callbacks.get(id) ?? null;
  }
  write(sequence: number, type: string, at = sequence): SequencedLogEntry {
    const entry = { sequence, callbackId: 'c1', at, type, attemptId: null, detail: { why: type } };
    this.entries = [...this.entries, entry].toSorted((a, b) => a.sequence - b.sequence);
    return entry;
  }
}

class Node {
  readonly hub = new EventHub();
  readonly clock = new FakeClock();
  readonly log: EventLog;
  readonly told: SystemEvent[] = [];

  constructor(store: SharedLog) {
    this.log = new EventLog({ clock: this.clock, store, hub: this.hub, log: recordingLog() });
  }
  watch(): () => void {
    return this.log.subscribe((event) => void this.told.push(event));
  }
  happens({ at, type, callbackId, detail }: CallbackLogEntry & { callbackId: string }, state = 'dialing'): void {
    this.hub.publish({ at, type: `callback.${type}`, callbackId, data: { state, ...detail } });
  }
  get types(): string[] {
    return this.told.map(({ type }) => type);
  }
  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }
}

describe('the log of events', () => {
  let store: SharedLog;
  let node: Node;
  beforeEach(() => {
    store = new SharedLog();
    node = new Node(store);
  });

  it('tells each event once, in order, with the number of its entry and the state that it led to', async () => {
    store.write(7, 'accepted');
    const end = node.watch();
    await node.pass(50);
    assert.equal(await node.log.place(), 7);
    node.happens(store.write(8, 'queued'), 'queued');
    node.happens(store.write(9, 'dialled'), 'dialing');
    await node.pass(100);
    assert.deepEqual(
      node.told.map(({ sequence, type, data }) => [sequence, type, data['state']]),
      [
        [8, 'callback.queued', 'queued'],
        [9, 'callback.dialled', 'dialing'],
      ],
    );
    end();
  });

  it('tells what another node has written, though nobody says so, and leaves the lines of ladders out', async () => {
    const end = node.watch();
    await node.pass(50);
    store.callbacks.set('c1', callbackSample({ id: 'c1', state: 'answered' }));
    store.write(1, 'sip');
    store.write(2, 'answered');
    await node.pass(1_200);
    assert.deepEqual(
      node.told.map(({ sequence, type, data }) => [sequence, type, data['state']]),
      [[2, 'callback.answered', 'answered']],
    );
    end();
  });

  it('tells what is of no callback at once and without a number', () => {
    const end = node.watch();
    node.hub.publish({ at: 1, type: 'switch.changed', callbackId: null, data: {} });
    assert.deepEqual(
      node.told.map(({ type, sequence }) => [type, sequence]),
      [['switch.changed', null]],
    );
    end();
  });

  it('waits for an entry that another node is still writing, and passes over one that was given up', async () => {
    const end = node.watch();
    await node.pass(50);
    store.write(1, 'a');
    store.write(3, 'c');
    await node.pass(1_500);
    assert.deepEqual(node.types, ['callback.a']);
    store.write(2, 'b');
    await node.pass(200);
    assert.deepEqual(node.types, ['callback.a', 'callback.b', 'callback.c']);
    store.write(5, 'e');
    await node.pass(7_000);
    assert.deepEqual(node.types.slice(3), ['callback.e']);
    store.write(6, 'f');
    await node.pass(1_200);
    assert.deepEqual(node.types.slice(4), ['callback.f']);
    end();
  });

  it('gives a watcher what he missed, at whatever node and after a restart', async () => {
    for (const [index, type] of ['accepted', 'sip', 'queued', 'dialled'].entries()) store.write(index + 1, type);
    const missed = (await new Node(store).log.since(1)) ?? [];
    assert.deepEqual(
      missed.map(({ sequence, type }) => [sequence, type]),
      [
        [3, 'callback.queued'],
        [4, 'callback.dialled'],
      ],
    );
    assert.deepEqual(await new Node(store).log.since(4), []);
  });

  it('says so when it was too much, when some of it is gone, and when the place is none of this log', async () => {
    for (let sequence = 1; sequence <= MOST_MISSED + 1; sequence += 1) store.write(sequence, 'queued');
    assert.equal(await node.log.since(0), null);
    assert.equal((await node.log.since(1))?.length, MOST_MISSED);
    store.entries = store.entries.filter(({ sequence }) => sequence !== MOST_MISSED);
    assert.equal(await node.log.since(MOST_MISSED - 10), null);
    assert.equal(await node.log.since(MOST_MISSED + 2), null);
  });

  it('reads nothing while nobody watches, and goes on when the store is back', async () => {
    node.happens(store.write(1, 'accepted'));
    await node.pass(3_000);
    assert.equal(store.reads, 0);
    const end = node.watch();
    await node.pass(50);
    store.failure = new Error('away');
    node.happens(store.write(2, 'queued'));
    await node.pass(500);
    assert.deepEqual(node.types, []);
    store.failure = null;
    await node.pass(1_200);
    assert.deepEqual(node.types, ['callback.queued']);
    end();
    const { reads } = store;
    await node.pass(3_000);
    assert.equal(store.reads, reads);
  });
});
