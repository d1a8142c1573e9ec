/** Runs in a network of its own: the application, and sipvicious against it. Prints what that has found, as JSON. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { exitsOnSignals } from '../support/child-processes.ts';
import { Server } from '../support/server.ts';
import { SCANNED } from './scanned-configuration.ts';

const address = '127.0.0.1';
/** svwar and svcrack end when nothing is left to ask; a scan that finds no end is ended. */
const PATIENCE_MS = 20_000;

async function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, [...args, address], { stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more) => (text += more));
  await once(child, 'close');
  return text;
}

exitsOnSignals();
const server = await Server.start({ address, configuration: SCANNED });
const found: Record<string, string> = {};
try {
  found['svmap'] = await run('svmap', []);
  // The password is among these, the 51st
  for (const user of ['201', '299']) found[`svcrack ${user}`] = await run('svcrack', ['-u', user, '-r1200-1300']);
  // INVITE last: it acknowledges nothing, and what we send again would be taken for an answer to the next scan
  for (const method of ['REGISTER', 'OPTIONS', 'INVITE'])
    found[`svwar ${method}`] = await run('svwar', ['--force', '-m', method, '-e195-210']);
  found['output'] = server.output;
  found['callbacks'] = String((await server.callbacks()).length);
} finally {
  await server.stop();
}
process.stdout.write(JSON.stringify(found));
