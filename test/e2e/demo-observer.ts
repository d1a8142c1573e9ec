/**
 * Runs `serve` without any flag in the directory given, opens its page, calls it once, and prints what it saw. For a network of
 * its own.
 */

import { mkdirSync, readdirSync } from 'node:fs';
import { SipPhone } from '../support/sip-phone.ts';
import { Program } from './program.ts';

const directory = process.argv[2]!;
mkdirSync(directory);
const program = new Program(['serve'], { cwd: directory });
const readyz = async () => (await fetch('http://127.0.0.1:8080/readyz').catch(() => null))?.status ?? 0;
let ready = 0;
await program.until('ready', async () => {
  ready = await readyz();
  return ready === 200;
});
const page = await fetch('http://127.0.0.1:8080/');
const console = /<title>[^<]*<\/title>/.exec(await page.text())?.[0] ?? page.status;
const phone = await SipPhone.open({ address: '127.0.0.1', port: 5070, user: '48991996260' });
const final = await phone.call({ to: 'sip:+554831210110@127.0.0.1:5060' }).final();
phone.close();
program.signal('SIGTERM');
const exit = await program.exit();
const promise = final.get('x-callback-id') !== '';
const files = readdirSync(directory);
process.stdout.write(JSON.stringify({ ready, console, rejected: final.status, promise, files, exit }));
