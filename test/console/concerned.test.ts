import assert from 'node:assert/strict';
import { concerned } from '../../console/src/api/concerned.ts';

const event = (type: string, callbackId: string | null = 'c1', data: Record<string, unknown> = {}) => ({
  type,
  callbackId,
  data,
});

describe('what a page of the console reads again', () => {
  it('is what an event concerns, and its recordings where something was recorded', () => {
    assert.deepEqual(concerned(event('callback.state')), [['callbacks'], ['callback', 'c1']]);
    for (const type of ['callback.recording-began', 'callback.recording-stopped', 'callback.recorded'])
      assert.deepEqual(concerned(event(type)), [['callbacks'], ['callback', 'c1'], ['recordings']], type);
    assert.deepEqual(concerned(event('configuration.changed', null)), [['configuration']]);
    assert.deepEqual(concerned(event('reset', null, { scope: 'all' })), [[]]);
  });
});
