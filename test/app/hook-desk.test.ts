import assert from 'node:assert/strict';
import { HookDesk } from '../../lib/app/hook-desk.ts';
import type { LegOwner } from '../../lib/app/switchboard.ts';
import type { HookRequest, HookResult } from '../../lib/core/flow/hook.ts';
import { MemoryLog } from '../support/outside-world.ts';

const EFFECT = { type: 'fetch', requestId: 'r', request: { body: { requestId: 'r' } } as HookRequest } as const;

function rig(ask: (ending: AbortSignal) => Promise<HookResult>) {
  const told: HookResult[] = [];
  let asked = 0;
  const owner = { fetched: (_id: string, result: HookResult) => told.push(result) } as unknown as LegOwner;
  const hooks = {
    ask: (_request: HookRequest, ending: AbortSignal) => {
      asked += 1;
      return ask(ending);
    },
  };
  return { desk: new HookDesk(hooks, new MemoryLog()), owner, told, asked: () => asked };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('app: the desk of webhooks', () => {
  it('tells the owner how it ended, once', async () => {
    const { desk, owner, told, asked } = rig(async () => ({ type: 'answered', answer: {}, tries: 1 }));
    desk.ask(owner, EFFECT);
    desk.ask(owner, EFFECT);
    await settled();
    assert.equal(told.length, 1);
    assert.equal(asked(), 1);
    assert.equal(desk.underWay, 0);
  });

  it('gives up the request of who is gone, and tells nobody', async () => {
    const given = Promise.withResolvers<HookResult>();
    let isAborted = false;
    const { desk, owner, told } = rig((ending) => {
      ending.addEventListener('abort', () => {
        isAborted = true;
        given.resolve({ type: 'failed', why: 'given-up', tries: 1 });
      });
      return given.promise;
    });
    desk.ask(owner, EFFECT);
    desk.stop('r');
    await settled();
    assert.ok(isAborted);
    assert.deepEqual(told, []);
  });

  it('takes a port that fails for a server that is dead', async () => {
    const { desk, owner, told } = rig(async () => {
      throw new Error('broken');
    });
    desk.ask(owner, EFFECT);
    await settled();
    assert.deepEqual(told, [{ type: 'failed', why: 'internal', tries: 0 }]);
  });
});
