import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readWav } from '../../lib/media/prompts/wav.ts';
import { Daemon } from './daemon.ts';

const MODULES = '/usr/lib/baresip/modules';
const CONTROL_PORT = 4444;
const READY_TIMEOUT_MS = 5_000;

export interface BaresipOptions {
  /** A loopback address of its own. */
  address: string;
  number: string;
  password: string;
  /** `host:port`. */
  registrar: string;
  /** Hz: what it says all the time. */
  tone: number;
}

/** An event as baresip's ctrl_tcp tells it. */
export interface BaresipEvent {
  type: string;
  direction?: 'incoming' | 'outgoing';
  param?: string;
}

/** Debian's baresip: registers, answers by itself, says a tone, and keeps what it hears in a file. No sound card needed. */
export class BaresipPhone {
  readonly events: BaresipEvent[] = [];
  readonly #daemon: Daemon;
  readonly #directory: string;
  readonly #control: Socket;
  readonly #waiting = new Set<() => void>();
  #unread = Buffer.alloc(0);

  private constructor(daemon: Daemon, directory: string, control: Socket) {
    this.#daemon = daemon;
    this.#directory = directory;
    this.#control = control;
    control.on('data', (bytes) => this.#read(bytes));
    control.on('error', () => {});
  }

  /** Resolves when it takes commands; it registers meanwhile. */
  static async start(options: BaresipOptions): Promise<BaresipPhone> {
    const directory = await mkdtemp(join(tmpdir(), 'callback-baresip-'));
    writeFileSync(join(directory, 'config'), configOf(options.address, options.tone, directory));
    writeFileSync(join(directory, 'accounts'), accountOf(options));
    writeFileSync(join(directory, 'contacts'), '');
    // -s prints every SIP message
    const daemon = Daemon.spawn('baresip', ['-f', directory, '-s'], directory);
    try {
      return new BaresipPhone(daemon, directory, await controlOf(options.address, daemon));
    } catch (error) {
      await daemon.stop();
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** What it printed: its SIP messages among it. */
  get output(): string {
    return this.#daemon.output;
  }

  /** The line about its first registration that was answered finally. */
  registration(): Promise<string> {
    return this.#daemon.printed(/200 OK \(.*\d+ bindings?\]|reg: .*: [3-6]\d\d /);
  }

  dial(uri: string): void {
    this.#command('dial', uri);
  }

  hangUp(): void {
    this.#command('hangup', '');
  }

  /** The first event of this type, and of this direction where one is given, after `since` others. */
  async event(
    type: string,
    { direction, since = 0 }: { direction?: string; since?: number } = {},
  ): Promise<BaresipEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<BaresipEvent>();
    const check = () => {
      const fits = (one: BaresipEvent) => one.type === type && (direction === undefined || one.direction === direction);
      const found = this.events.slice(since).find(fits);
      if (found) resolve(found);
    };
    const late = () => reject(new Error(`no ${type} at baresip; events: ${JSON.stringify(this.events)}`));
    const timer = setTimeout(late, READY_TIMEOUT_MS);
    this.#waiting.add(check);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }

  /** Samples (8 kHz) that it heard in the last call: none before its file is written, which is soon after the call's end. */
  heard(): Int16Array {
    const recordings = readdirSync(this.#directory).filter((name) => name.endsWith('-dec.wav'));
    const last = recordings.sort().at(-1);
    if (last === undefined) return new Int16Array();
    const wav = readWav(readFileSync(join(this.#directory, last)));
    return wav.result === 'read' ? wav.samples : new Int16Array();
  }

  /** It unregisters before it ends. */
  async stop(): Promise<void> {
    this.#control.destroy();
    await this.#daemon.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #command(command: string, params: string): void {
    const text = JSON.stringify({ command, params, token: command });
    this.#control.write(`${Buffer.byteLength(text)}:${text},`);
  }

  /** Netstrings: `12:{"some":"x"},`. */
  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const colon = this.#unread.indexOf(':');
      const length = Number(this.#unread.toString('latin1', 0, Math.max(0, colon)));
      const end = colon + 1 + length;
      if (colon < 1 || this.#unread.length < end + 1) return;
      const message = JSON.parse(this.#unread.toString('utf8', colon + 1, end)) as BaresipEvent & { event?: boolean };
      this.#unread = this.#unread.subarray(end + 1);
      if (message.event === true) this.events.push(message);
      for (const check of [...this.#waiting]) check();
    }
  }
}

async function controlOf(address: string, daemon: Daemon): Promise<Socket> {
  const until = Date.now() + READY_TIMEOUT_MS;
  while (daemon.running && Date.now() < until) {
    const socket = connect(CONTROL_PORT, address);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (isOpen) return socket;
    await delay(20);
  }
  throw new Error(`baresip did not open its control port:\n${daemon.output}`);
}

function configOf(address: string, tone: number, directory: string): string {
  // ausine makes 48 kHz stereo alone; baresip resamples. sndfile writes what it hears.
  return `module_path ${MODULES}
net_interface ${address}
sip_listen ${address}:5060
rtp_ports 10000-10100
audio_source ausine,${tone}
ausrc_srate 48000
ausrc_channels 2
snd_path ${directory}
ctrl_tcp_listen ${address}:${CONTROL_PORT}
module g711.so
module ausine.so
module sndfile.so
module_app account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
`;
}

function accountOf({ number, registrar, password }: BaresipOptions): string {
  return `<sip:${number}@${registrar};transport=udp>;auth_pass=${password};answermode=auto;regint=60\n`;
}
