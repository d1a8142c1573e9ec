import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Mailboxes } from '../../lib/app/mailbox.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Mailboxes', () => {
  it('run the tasks of one name one after the other, in the order of posting', async () => {
    const order: string[] = [];
    const boxes = new Mailboxes(() => undefined);
    const task = (name: string) => async () => {
      order.push(`${name} begins`);
      await turn();
      order.push(`${name} ends`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => boxes.post('one', task(name))));
    assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('run different names side by side', async () => {
    const boxes = new Mailboxes(() => undefined);
    const gate = Promise.withResolvers<void>();
    const stuck = boxes.post('stuck', () => gate.promise);
    await boxes.post('free', () => undefined);
    assert.equal(boxes.busy, 1);
    gate.resolve();
    await stuck;
  });

  it('report a task that throws, at once or later, and go on with those behind it', async () => {
    const faults: unknown[] = [];
    const boxes = new Mailboxes((name, fault) => faults.push(`${name}: ${fault}`));
    const first = boxes.post('x', () => {
      throw new Error('at once');
    });
    const second = boxes.post('x', async () => {
      await turn();
      throw new Error('later');
    });
    let ran = false;
    await boxes.post('x', () => {
      ran = true;
    });
    await Promise.all([first, second]);
    assert.deepEqual(faults, ['x: Error: at once', 'x: Error: later']);
    assert.ok(ran);
  });

  it('are idle when every task is done, those posted by tasks included, and keep nothing then', async () => {
    const boxes = new Mailboxes(() => undefined);
    let deep = false;
    void boxes.post('a', async () => {
      await turn();
      void boxes.post('b', async () => {
        await turn();
        void boxes.post('a', async () => {
          await turn();
          deep = true;
        });
      });
    });
    await boxes.idle();
    assert.ok(deep);
    assert.equal(boxes.busy, 0);
  });

  it('keep the order within a name however tasks are mixed and however long they take', async () => {
    const tasks = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), turns: fc.nat(3), fails: fc.boolean() }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(tasks, async (all) => {
        const done: number[] = [];
        let running = 0;
        const perName = new Map<string, number>();
        const boxes = new Mailboxes(() => undefined);
        all.forEach(({ name, turns, fails }, index) => {
          void boxes.post(name, async () => {
            perName.set(name, (perName.get(name) ?? 0) + 1);
            assert.equal(perName.get(name), 1);
            running += 1;
            for (let i = 0; i < turns; i += 1) await Promise.resolve();
            perName.set(name, 0);
            running -= 1;
            done.push(index);
            if (fails) throw new Error('on purpose');
          });
        });
        await boxes.idle();
        assert.equal(running, 0);
        assert.equal(done.length, all.length);
        for (const name of ['a', 'b', 'c']) {
          const mine = done.filter((index) => all[index]!.name === name);
          assert.deepEqual(
            mine,
            mine.toSorted((x, y) => x - y),
          );
        }
      }),
      { numRuns: 100 },
    );
  });
});
