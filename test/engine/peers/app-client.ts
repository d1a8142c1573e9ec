import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from '../../../lib/engine/control/frame.ts';
import { parseMessage } from '../../../lib/engine/message/parse.ts';
import type { SipMessage } from '../../../lib/engine/message/sip-message.ts';

export interface AppFrame {
  readonly tokens: readonly string[];
  readonly message: SipMessage | undefined;
}

/** An application that speaks the app protocol by hand, so that its tokens can be looked at. */
export class AppClient {
  readonly frames: AppFrame[] = [];
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder(16 * 1_048_576);
  readonly #waiting: { matches: (frame: AppFrame) => boolean; resolve: (frame: AppFrame) => void }[] = [];
  readonly #taken = new Set<AppFrame>();
  #nextId = 1;
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async connect(to: { address: string; port: number }): Promise<AppClient> {
    const socket = connect(to.port, to.address);
    await once(socket, 'connect');
    return new AppClient(socket);
  }

  /** Connected, authenticated, and with routes. */
  static async ready(
    to: { address: string; port: number; secret: string },
    verbs: readonly string[],
  ): Promise<AppClient> {
    const client = await AppClient.connect(to);
    const answer = await client.ask(`authenticate|${to.secret}|`);
    if (answer.tokens[3] !== 'OK') throw new Error(`not authenticated: ${answer.tokens.join('|')}`);
    for (const verb of verbs) await client.ask(`route|${verb}`);
    return client;
  }

  /** Sends a command and gives its id. */
  tell(command: string, message?: string): string {
    const id = `id-${this.#nextId++}`;
    this.#socket.write(encodeFrame(`${id}|${command}`, message === undefined ? undefined : Buffer.from(message)));
    return id;
  }

  /** Sends a command and waits for its answer. */
  ask(command: string, message?: string): Promise<AppFrame> {
    const id = this.tell(command, message);
    return this.#wait((frame) => frame.tokens[1] === 'response' && frame.tokens[2] === id, `the answer to ${command}`);
  }

  /** The next `sip` event that matches. */
  event(matches: (message: SipMessage, tokens: readonly string[]) => boolean, what = 'an event'): Promise<AppFrame> {
    const isIt = (frame: AppFrame) =>
      frame.message !== undefined && frame.tokens[1] === 'sip' && matches(frame.message, frame.tokens);
    const known = this.frames.find((frame) => !this.#taken.has(frame) && isIt(frame));
    if (known !== undefined) {
      this.#taken.add(known);
      return Promise.resolve(known);
    }
    return this.#wait((frame) => {
      if (!isIt(frame)) return false;
      this.#taken.add(frame);
      return true;
    }, what);
  }

  frame(matches: (frame: AppFrame) => boolean, what: string): Promise<AppFrame> {
    const known = this.frames.find(matches);
    return known === undefined ? this.#wait(matches, what) : Promise.resolve(known);
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  async closed(): Promise<void> {
    if (!this.isClosed) await once(this.#socket, 'close');
  }

  close(): void {
    this.#socket.destroy();
  }

  #wait(matches: (frame: AppFrame) => boolean, what: string): Promise<AppFrame> {
    return new Promise((resolve, reject) => {
      const seen = () => this.frames.map(({ tokens }) => tokens.slice(1).join('|')).join('\n');
      const timer = setTimeout(() => reject(new Error(`${what} did not come; got:\n${seen()}`)), 4_000);
      this.#waiting.push({
        matches,
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
      });
    });
  }

  #take(chunk: Buffer): void {
    this.#decoder.push(chunk);
    for (let payload = this.#decoder.next(); payload !== undefined; payload = this.#decoder.next()) {
      if (payload === 'broken') throw new Error('the engine sent a broken frame');
      const end = payload.indexOf('\r\n');
      const tokens = payload.toString('utf8', 0, end < 0 ? payload.length : end).split('|');
      const parsed =
        end < 0
          ? undefined
          : parseMessage(payload.subarray(end + 2), {
              isFragment: true,
              limits: { maxMessageBytes: 2 ** 21, maxHeaderLines: 999, maxHeaderLineBytes: 2 ** 17 },
            });
      const frame = { tokens, message: parsed?.ok ? parsed.message : undefined };
      this.frames.push(frame);
      const at = this.#waiting.findIndex((waiting) => waiting.matches(frame));
      if (at >= 0) this.#waiting.splice(at, 1)[0]!.resolve(frame);
    }
  }
}
