/**
 * drachtio-srf 5.0.29 as it behaves; nothing else imports it. Its typings are not used (callback shapes and several members
 * are wrong there). What it gets wrong, and how it is met here:
 *
 * - `createUAC`/`createUAS` throw on a peer's missing Contact, drop every 2xx after the first and cannot ACK one without
 *   making a Dialog of it, so legs are built on `request` and on the raw request handler, which they themselves use.
 * - CANCEL is matched by Call-ID alone, so that a stranger's INVITE with the same Call-ID diverts it: matched by the
 *   engine's transaction id here (the wire protocol's own event, before the agent sees it).
 * - It calls back for a request only while its connection lives; `lost` settles what is open.
 * - It throws when there is no connection (assertions in `_getDefaultSocket`, `sendAck`) and on statuses that it does not know.
 * - It throws on messages of an unknown type, out of the socket's event: caught here.
 * - It cannot read a start line with a line separator, and writes what it cannot read to the console, whole: `srf-wire.ts`.
 * - It answers a request that no handler takes with 404 and, where it listens, closes the control connection: the one handler
 *   here takes every method.
 * - An unanswered UPDATE before the final response is only emitted on the INVITE's request object.
 */

import { createServer, type Server } from 'node:net';
import Srf from 'drachtio-srf';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type ControlLink, LinkFailures, listenOn } from './control-link.ts';
import { controlTime } from './control-time.ts';
import type {
  IncomingRequest,
  IncomingResponse,
  LinkHandlers,
  OutgoingRequest,
  OutgoingResponse,
  RequestHandlers,
  SendResult,
  SentRequest,
  SipLink,
} from './link.ts';
import { bodyOf, MessageHead, printable } from './message/message-head.ts';
import { phraseOf } from './message/status-phrases.ts';
import {
  peerOf,
  receivedOn,
  type SrfAgent,
  type SrfInstance,
  type SrfRequest,
  type SrfResponse,
  srfRequest,
  withBody,
} from './srf-shapes.ts';
import { type GatheredWrites, gatherWrites, withoutConsole, withReadableStart } from './srf-wire.ts';

/** Verbs that a real drachtio-server delivers only when asked for; the embedded engine delivers everything. */
const routedVerbs = ['invite', 'register', 'options', 'message', 'info', 'notify', 'subscribe', 'publish', 'refer'];

export interface SrfFacadeOptions {
  control: ControlLink;
  clock: Clock;
  log: Log;
}

export class SrfFacade implements SipLink {
  readonly #control: ControlLink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #srf = new (Srf as unknown as new () => SrfInstance)();
  /** Requests and responses whose fate the engine has not told yet. */
  readonly #open = new Set<() => void>();
  #handlers: LinkHandlers | null = null;
  #server: Server | null = null;
  #writes: GatheredWrites | null = null;
  #connected = false;
  readonly #failures: LinkFailures;
  #stopped = false;

  constructor(options: SrfFacadeOptions) {
    this.#control = options.control;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#failures = new LinkFailures(options);
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** The embedded engine does. */
  get holds(): boolean {
    return this.#control.kind === 'listen';
  }

  get #agent(): SrfAgent {
    return this.#srf.app.client;
  }

  /** Resolves once the control link listens or begins to connect; `connected` follows. Rejects when the path is not usable. */
  async start(handlers: LinkHandlers): Promise<void> {
    this.#handlers = handlers;
    this.#srf.use((request, response) => this.#guarded(() => handlers.request(this.#incoming(request, response))));
    this.#srf.on('error', (error) => this.#failures.failed(String(error)));
    if (this.#control.kind === 'connect') {
      for (const verb of routedVerbs) this.#srf.use(verb, () => {});
      const { host, port, secret } = this.#control;
      this.#srf.connect({ host, port, secret, reconnect: { retryMaxDelay: 5000 } });
    } else {
      this.#server = createServer();
      this.#srf.listen({ server: this.#server, secret: this.#control.secret });
    }
    this.#watch();
    if (this.#server && this.#control.kind === 'listen') await listenOn(this.#server, this.#control, this.#log);
  }

  #watch(): void {
    const agent = this.#agent;
    agent.on('connect', (error, hostports) => {
      if (error) {
        this.#log.error({ error: error.message }, 'the SIP engine refused the secret of the control connection');
        this.#guarded(() => this.#handlers?.refused());
        return;
      }
      this.#connected = true;
      this.#failures.reset();
      const listening = (hostports ?? '').split(',').filter((text) => text !== '');
      this.#guarded(() => this.#handlers?.connected(listening));
    });
    agent.on('close', () => this.#lost());
    agent.on('error', () => {});
    this.#writes = gatherWrites(agent);
    // srf's own handler throws on what it does not know: in listen mode that ends the connection, in connect mode the process
    const handlers = agent.wp.listeners('msg');
    agent.wp.removeAllListeners('msg');
    agent.wp.on('msg', (socket, text) => {
      this.#guarded(() => this.#tap(text));
      const readable = withReadableStart(text);
      const unread = () => this.#log.warn({}, 'a message of the SIP engine could not be read, and is dropped');
      for (const handler of handlers) withoutConsole(() => this.#guarded(() => handler(socket, readable)), unread);
    });
  }

  #lost(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#settleOpen();
    if (!this.#stopped) this.#log.warn({}, 'the control connection to the SIP engine is lost');
    this.#guarded(() => this.#handlers?.lost());
  }

  #settleOpen(): void {
    const open = [...this.#open];
    this.#open.clear();
    for (const fail of open) this.#guarded(fail);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const agent = this.#agent;
    if (agent) {
      agent.wp.closing = true;
      clearTimeout(agent.wp.reconnectVars?.retryTimer ?? undefined);
      for (const socket of agent.mapServer.keys()) {
        this.#writes?.flush(socket);
        socket.destroySoon();
      }
    }
    this.#lost();
    const server = this.#server;
    this.#server = null;
    if (server?.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** What srf would drop or misdirect: CANCEL, and 2xx beyond the first. Token numbers: the app protocol's `sip` event. */
  #tap(text: string): void {
    const end = text.indexOf('\r\n');
    if (end < 0) return;
    const tokens = text.slice(0, end).split('|');
    if (tokens[1] !== 'sip' || tokens[2] !== 'network') return;
    const transactionId = tokens[8] ?? '';
    if (text.startsWith('CANCEL ', end + 2)) {
      this.#handlers?.cancelled(transactionId, new MessageHead(text.slice(end + 2)));
    } else if (text.startsWith('SIP/2.0 2', end + 2))
      this.#tapAnswer(transactionId, tokens[9] ?? '', text.slice(end + 2));
  }

  #tapAnswer(transactionId: string, dialogId: string, raw: string): void {
    for (const connection of this.#agent.mapServer.values()) {
      if (connection.pendingSipRequests.has(transactionId)) return;
    }
    const head = new MessageHead(raw);
    if (!/^\d+\s+INVITE$/.test(head.first('cseq') ?? '')) return;
    this.#handlers?.strayAnswer({ dialogId, transactionId, head });
  }

  send(request: OutgoingRequest, handlers: RequestHandlers): void {
    let settled = false;
    const settle = (run: () => void) => {
      if (settled) return;
      settled = true;
      this.#open.delete(fail);
      this.#guarded(run);
    };
    const fail = () => settle(() => handlers.failed('no connection to the SIP engine'));
    this.#open.add(fail);
    if (!this.#connected) {
      fail();
      return;
    }
    try {
      this.#agent.request(srfRequest(request), (error, sent) => {
        if (error || !sent) return settle(() => handlers.failed(printable(error?.message ?? 'not sent').slice(0, 200)));
        this.#follow(sent, handlers);
        settle(() => handlers.sent(this.#sentRequest(sent)));
      });
    } catch (error) {
      settle(() => handlers.failed(printable(String(error)).slice(0, 200)));
    }
  }

  #sentRequest(sent: SrfRequest): SentRequest {
    return {
      transactionId: sent.stackTxnId,
      at: controlTime(sent.stackTime, this.#clock.now()),
      head: new MessageHead(sent.raw),
      bytes: Buffer.byteLength(sent.raw),
    };
  }

  #follow(sent: SrfRequest, handlers: RequestHandlers): void {
    sent.on('update', (request, response) => {
      this.#guarded(() => {
        const update = this.#incoming(request, response);
        if (handlers.update) handlers.update(update);
        else update.respond({ status: 481 });
      });
    });
    sent.on('response', (response, ack) => {
      this.#guarded(() => {
        handlers.response(this.#incomingResponse(response, ack));
      });
    });
  }

  #incomingResponse(response: SrfResponse, ack: (options?: object) => void): IncomingResponse {
    const head = new MessageHead(response.raw);
    const known = response.source_address !== '' && response.source_port > 0;
    return {
      status: response.status,
      phrase: printable(response.reason ?? '').slice(0, 200),
      head,
      body: bodyOf(response.raw, head),
      at: controlTime(response.stackTime, this.#clock.now()),
      source: known ? peerOf(response) : null,
      dialogId: response.stackDialogId,
      ack: (body) => this.#guarded(() => ack(body === null ? {} : withBody({}, body))),
    };
  }

  cancel(target: { transactionId: string; uri: string; headers: Record<string, string> }): void {
    const request = { method: 'CANCEL', uri: target.uri, headers: target.headers, stackTxnId: target.transactionId };
    this.#guarded(() => {
      if (!this.#connected) return;
      this.#agent.request(request, (error) => {
        if (error) this.#log.debug({ error: error.message }, 'CANCEL was not sent');
      });
    });
  }

  ack(dialogId: string): void {
    this.#guarded(() => {
      const [socket] = this.#agent.mapServer.keys();
      if (!this.#connected || !socket) return;
      this.#agent.wp.send(socket, `sip||${dialogId}\r\nACK sip:placeholder SIP/2.0\r\nContent-Length: 0\r\n\r\n`);
    });
  }

  forget(transactionId: string): void {
    for (const connection of this.#agent.mapServer.values()) connection.pendingSipRequests.delete(transactionId);
  }

  pending(): number {
    let count = this.#open.size;
    for (const connection of this.#agent?.mapServer.values() ?? []) {
      count += connection.pendingSipRequests.size + connection.pendingNetworkInvites.size;
    }
    return count;
  }

  #incoming(request: SrfRequest, response: SrfResponse): IncomingRequest {
    // Present only if somebody takes it; an UPDATE nobody takes would be answered 500 by srf itself
    if (request.method === 'INVITE') {
      request.on('update', (update, answer) =>
        this.#guarded(() => this.#handlers?.request(this.#incoming(update, answer))),
      );
    }
    const head = new MessageHead(request.raw);
    return {
      method: request.method,
      uri: request.uri,
      head,
      body: bodyOf(request.raw, head),
      at: controlTime(request.stackTime, this.#clock.now()),
      transactionId: request.stackTxnId,
      dialogId: request.stackDialogId || null,
      source: peerOf(request),
      receivedOn: receivedOn(request.receivedOn),
      unsolicited: request.source === 'application',
      respond: (answer, done) => this.#respond(response, answer, done ?? (() => {})),
    };
  }

  #respond(response: SrfResponse, answer: OutgoingResponse, done: (result: SendResult) => void): void {
    let settled = false;
    const settle = (result: SendResult) => {
      if (settled) return;
      settled = true;
      this.#open.delete(fail);
      this.#guarded(() => done(result));
    };
    const fail = () =>
      settle({ sent: false, text: response.finished ? 'answered before' : 'no connection to the SIP engine' });
    this.#open.add(fail);
    if (!this.#connected || response.finished) {
      fail();
      return;
    }
    try {
      response.status = answer.status;
      response.reason = printable(answer.phrase ?? phraseOf(answer.status));
      if (answer.status >= 200) response.finished = true;
      const headers = { ...answer.headers };
      this.#agent.sendResponse(response, answer.body ? withBody(headers, answer.body) : { headers }, (error, sent) => {
        if (error) return settle({ sent: false, text: printable(String(error)).slice(0, 200) });
        const at = controlTime(response.meta.time, this.#clock.now());
        settle({ sent: true, at, dialogId: response.meta.dialogId ?? '', head: new MessageHead(sent?.raw ?? '') });
      });
    } catch (error) {
      settle({ sent: false, text: printable(String(error)).slice(0, 200) });
    }
  }

  /** An error in a handler must not reach srf, which would close the control connection or leave the process. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a SIP handler failed');
    }
  }
}
