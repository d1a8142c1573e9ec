/** A program with an engine in its own process: it leaves a call open, stops the engine, says so, and has nothing else to do. */
import { createEngine } from '../../../lib/engine/engine.ts';
import { AppClient } from './app-client.ts';

const ADDRESS = '127.0.12.91';
const silentPort = process.argv[2];
const engine = createEngine({
  listenPoints: [
    { protocol: 'udp', address: ADDRESS, port: 0 },
    { protocol: 'tcp', address: ADDRESS, port: 0 },
  ],
  control: { kind: 'listen', address: ADDRESS, port: 0, secret: 'x' },
});
const { admin } = await engine.start();
const app = await AppClient.ready({ ...admin!, secret: 'x' }, ['invite']);
await app.ask('sip||', `OPTIONS sip:a@127.0.12.92:${silentPort} SIP/2.0\r\n\r\n`);
await app.ask('sip||', `INVITE sip:a@127.0.12.92:${silentPort} SIP/2.0\r\n\r\n`);
await engine.stop();
app.close();
process.stdout.write('stopped\n');
