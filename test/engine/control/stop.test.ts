import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';

const HOST = join(import.meta.dirname, '../peers/engine-host.ts');

describe('an engine in the process of another program', () => {
  it('lets the process end once it is stopped, with calls, connections and names still open', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.12.92');
    await once(silent, 'listening');
    try {
      const child = spawn(process.execPath, [HOST, String(silent.address().port)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: 8_000,
      });
      let stoppedAt = 0;
      child.stdout.on('data', () => {
        stoppedAt = performance.now();
      });
      const [code] = await once(child, 'exit');
      assert.equal(code, 0, 'it was not killed for taking too long');
      assert.ok(performance.now() - stoppedAt < 1_000, 'it ended as soon as the engine had stopped');
    } finally {
      silent.close();
    }
  });
});
