/**
 * The floor: what drachtio-srf itself costs. The same calls as in the benchmark, kept in memory and nowhere else: nothing
 * is stored, checked, paced or explained, and a crash forgets everybody.
 *
 * Usage: node bench/floor/app.ts HOST:PORT SECRET TRUNK-URI EXTENSION-URI DELAY-SECONDS
 */

import { randomUUID } from 'node:crypto';
import Srf from 'drachtio-srf';

const [admin = '', secret = '', trunk = '', extension = '', delaySeconds = '2'] = process.argv.slice(2);
const [host = '', port = ''] = admin.split(':');

/** As drachtio-srf behaves; its own typings are wrong in places. */
interface Request {
  callingNumber: string;
}
interface Response {
  send(status: number, options: { headers: Record<string, string> }): void;
}
interface Dialog {
  remote: { sdp: string };
  destroy(): Promise<void>;
  on(event: 'destroy', listener: () => void): void;
}
interface Application {
  connect(options: object): void;
  on(event: 'connect' | 'error', listener: (error: Error | null) => void): void;
  invite(handler: (request: Request, response: Response) => void): void;
  createUAC(
    uri: string,
    options: { proxy: string; localSdp: string; headers: Record<string, string> },
  ): Promise<Dialog>;
}

const srf = new (Srf as unknown as new () => Application)();
const SDP = `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n`;

srf.invite((request, response) => {
  const number = request.callingNumber;
  const id = randomUUID();
  const reason = 'Q.850;cause=17;text="Callback scheduled"';
  response.send(486, { headers: { Reason: reason, 'X-Callback-ID': id } });
  setTimeout(() => {
    callBack(number, id).catch((error: Error) => process.stderr.write(`${error.message}\n`));
  }, Number(delaySeconds) * 1_000);
});

async function callBack(number: string, id: string): Promise<void> {
  const uri = trunk.replace('sip:', `sip:${number}@`);
  const headersOf = (from: string) => ({ From: `<sip:${from}@${host}>`, 'X-Callback-ID': id });
  const person = await srf.createUAC(uri, { proxy: trunk, localSdp: SDP, headers: headersOf('+554831210110') });
  let isUp = true;
  person.on('destroy', () => {
    isUp = false;
  });
  // The extension sees who is on the line.
  const second = { proxy: extension, localSdp: person.remote.sdp, headers: headersOf(number) };
  const target = await srf.createUAC(extension, second);
  if (!isUp) return end(target);
  person.on('destroy', () => void end(target));
  target.on('destroy', () => void end(person));
}

/** Whoever hangs up second is too late, which is no fault. */
async function end(dialog: Dialog): Promise<void> {
  await dialog.destroy().catch(() => undefined);
}

srf.on('connect', (error) => {
  if (error) process.exit(1);
  process.stdout.write('ready\n');
});
srf.on('error', (error) => process.stderr.write(`${error}\n`));
srf.connect({ host, port: Number(port), secret });
