/**
 * Everything SIP behind the port `Calls`: which request belongs to which leg, who begins and who ends, what the core is told.
 */

import { createSecretKey } from 'node:crypto';
import type { LegEvent, LegId } from '../core/call/leg.ts';
import type { Configuration, Secret } from '../core/configuration.ts';
import { defaultLanguageOf } from '../core/language.ts';
import { callsOf } from '../core/settings.ts';
import type { BridgeOptions, Calls, CallsListener, DialRequest, Rejection } from '../ports/calls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Listening } from '../ports/listening.ts';
import type { Log } from '../ports/log.ts';
import type { MediaEngine } from '../ports/media.ts';
import type { RegistrationStore } from '../ports/store.ts';
import type { TrunkSignalling } from '../ports/trunk-signalling.ts';
import type { ControlLink } from './control-link.ts';
import { trunkDomain } from './dial-target.ts';
import { Dialler } from './dialler.ts';
import { inboundCall } from './inbound-call.ts';
import { Bridges } from './leg/bridges.ts';
import type { ForkedCall } from './leg/forked-call.ts';
import { InboundLeg, type RejectResult } from './leg/inbound-leg.ts';
import type { Leg } from './leg/leg.ts';
import { type LegContext, wireMessage } from './leg/leg-context.ts';
import { LegOrders } from './leg/leg-orders.ts';
import { LegTable } from './leg/leg-table.ts';
import type { IncomingRequest, LinkHandlers, SipLink } from './link.ts';
import { LocalAddresses } from './local-addresses.ts';
import type { MessageHead } from './message/message-head.ts';
import { redact } from './message/redaction.ts';
import { Logins } from './registrar/logins.ts';
import { Registrar } from './registrar/registrar.ts';
import { SealedLink } from './sealed-link.ts';
import { SrfFacade } from './srf-facade.ts';
import { strayResponse } from './stray-requests.ts';
import { TrunkRequests } from './trunks/trunk-requests.ts';

export interface SipOptions {
  control: ControlLink;
  /** The engine passes 100 on (embedded); a drachtio-server does not. */
  showsTrying: boolean;
  /** The address that Contact and SDP carry; null: that of the socket. */
  advertise: string | null;
  media: MediaEngine;
  /** Who knows how to listen to what legs say. */
  listening: Listening;
  configuration: () => Configuration;
  secretOf: (secret: Secret) => string;
  registrations: RegistrationStore;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** Call-ID, From tag and nonces derive from it: the same over restarts, known to nobody. */
  keySecret: Buffer;
  /** No call and no registration may leave, whoever asks for it. */
  isSealed?: boolean;
  /** Asks the engine to ignore a source; where it cannot (drachtio-server) there is none. */
  silence?: (address: string, untilMs: number) => void;
  /** From 0 (included) to 1 (excluded); the system's unless told. */
  random?: () => number;
  /** How long `start` waits for the control connection; 30 s unless told. */
  startTimeoutMs?: number;
}

export interface Sip extends Calls {
  /**
   * Resolves when the SIP engine is connected, with its sockets as `udp/127.0.0.1:5060`.
   * Rejects with an Error whose `code` is `SIP_NO_ENGINE` or `SIP_SECRET_REFUSED`, or that of the control socket.
   */
  start(): Promise<{ listening: string[] }>;
  /** Hangs up what is left, waits for it 2 s at most, and closes the control connection. */
  stop(): Promise<void>;
  stats(): { legs: number; dialogs: number; transactions: number };
  /** OPTIONS and REGISTER. */
  readonly signalling: TrunkSignalling;
}

/** @param link the way to the engine; drachtio-srf unless a test has its own */
export function createSip(options: SipOptions, link: SipLink = new SrfFacade(options)): Sip {
  if (options.isSealed !== true) return new SipRoom(options, link);
  const refused = (method: string) => options.log.error({ method }, 'in the shadow nothing is sent');
  return new SipRoom(options, new SealedLink(link, refused));
}

const stopTimeoutMs = 2000;

class SipRoom extends LegOrders implements Sip {
  readonly #options: SipOptions;
  readonly #link: SipLink;
  readonly #context: LegContext;
  readonly #logins: Logins;
  readonly #registrar: Registrar;
  readonly #addresses: LocalAddresses;
  readonly #table: LegTable;
  readonly #dialler: Dialler;
  readonly #bridges: Bridges;
  /** Requests within a call that may be cancelled, by their transaction. */
  readonly #cancellable = new Map<string, () => void>();
  readonly signalling: TrunkSignalling;
  #listener: CallsListener | null = null;
  #settleStart: ((result: { listening: string[] } | Error) => void) | null = null;
  #settleStop: (() => void) | null = null;

  constructor(options: SipOptions, link: SipLink) {
    const table = new LegTable();
    super(table);
    this.#table = table;
    this.#options = options;
    this.#link = link;
    this.#addresses = new LocalAddresses(options.advertise);
    const key = createSecretKey(options.keySecret);
    this.signalling = new TrunkRequests({ ...options, key, link, addresses: this.#addresses });
    this.#logins = new Logins({ ...options, silence: (address, until) => this.silence(address, until) });
    this.#registrar = new Registrar({ ...options, logins: this.#logins });
    this.#context = {
      link,
      media: options.media,
      listening: options.listening,
      clock: options.clock,
      log: options.log,
      addresses: this.#addresses,
      showsTrying: options.showsTrying,
      calls: () => callsOf(options.configuration()),
      language: () => defaultLanguageOf(options.configuration()),
      random: options.random ?? Math.random,
      event: (event) => this.#event(event),
      wire: (legId, line) => this.#tell((listener) => listener.wire(wireMessage(legId, line))),
      bind: (dialogId, leg) => this.#table.bind(dialogId, leg),
      onCancel: ({ transactionId }, cancelled) => {
        if (cancelled) this.#cancellable.set(transactionId, cancelled);
        else this.#cancellable.delete(transactionId);
      },
      findDialog: (dialog) => this.#table.ofNames(dialog),
      join: (here, there) => this.#bridges.join(here, there),
      takeBack: (leg) => this.#bridges.takeBack(leg),
      release: (leg) => this.#release(leg),
    };
    this.#bridges = new Bridges(this.#context, this.#table, (event) => this.#event(event));
    const release = (call: ForkedCall) => this.#release(call);
    this.#dialler = new Dialler({
      ...options,
      addresses: this.#addresses,
      context: this.#context,
      table: this.#table,
      release,
    });
  }

  listen(listener: CallsListener): void {
    this.#listener = listener;
  }

  async start(): Promise<{ listening: string[] }> {
    const { clock, startTimeoutMs = 30_000 } = this.#options;
    const started = new Promise<{ listening: string[] } | Error>((resolve) => {
      this.#settleStart = resolve;
    });
    const cancelAlarm = clock.after(startTimeoutMs, () =>
      this.#settleStart?.(codedError('SIP_NO_ENGINE', `no SIP engine connected within ${startTimeoutMs} ms`)),
    );
    try {
      await this.#link.start(this.#linkHandlers());
      const result = await started;
      if (result instanceof Error) throw result;
      return result;
    } catch (error) {
      await this.#link.stop();
      throw error;
    } finally {
      cancelAlarm();
      this.#settleStart = null;
    }
  }

  #linkHandlers(): LinkHandlers {
    return {
      request: (request) => this.#request(request),
      cancelled: (transactionId, head) => this.#cancel(transactionId, head),
      strayAnswer: ({ dialogId }) => this.#strayAnswer(dialogId),
      connected: (listening) => {
        this.#addresses.set(listening);
        this.#options.log.info({ listening }, 'the SIP engine is connected');
        this.#settleStart?.({ listening });
        this.#tell((listener) => listener.found());
      },
      refused: () => this.#settleStart?.(codedError('SIP_SECRET_REFUSED', 'the SIP engine refused the secret')),
      lost: () => {
        for (const call of this.#table.all) call.lost();
        this.#tell((listener) => listener.lost());
      },
    };
  }

  async stop(): Promise<void> {
    const reason = { cause: 41, text: 'Shutting down' };
    for (const call of this.#table.all) call.hangUp(reason);
    if (!this.#table.isEmpty && this.#link.connected) {
      const { clock } = this.#options;
      await new Promise<void>((resolve) => {
        const cancelAlarm = clock.after(stopTimeoutMs, resolve);
        this.#settleStop = () => {
          cancelAlarm();
          resolve();
        };
      });
    }
    await this.#link.stop();
    for (const call of this.#table.all) call.lost();
  }

  stats(): { legs: number; dialogs: number; transactions: number } {
    return { ...this.#table.counts, transactions: this.#link.pending() };
  }

  dial(request: DialRequest): void {
    if (this.#table.has(request.legId) || !this.#link.connected) return;
    const call = this.#dialler.call(request);
    this.#table.add(call);
    call.start();
  }

  async reject(legId: LegId, rejection: Rejection): Promise<RejectResult> {
    const leg = this.#table.inbound(legId);
    if (leg) return leg.reject(rejection);
    return { result: this.#table.wasCancelled(legId) ? 'cancelled' : 'gone' };
  }

  challenge(legId: LegId): void {
    const leg = this.#table.inbound(legId);
    leg?.refuse(this.#logins.challenge(leg.invite.source.address));
  }

  ring(legId: LegId): void {
    this.#table.inbound(legId)?.ring();
  }

  answer(legId: LegId, source: string | null = null): void {
    const trunk = this.#options.configuration().trunks.find(({ name }) => name === source);
    this.#table.inbound(legId)?.answer(trunk === undefined ? null : { media: trunk, domain: trunkDomain(trunk) });
  }

  bridge(a: LegId, b: LegId, options: BridgeOptions = { release: false }): void {
    this.#bridges.bridge(a, b, options);
  }

  silence(address: string, untilMs: number): void {
    this.#options.silence?.(address, untilMs);
  }

  #request(request: IncomingRequest): void {
    const leg = request.dialogId === null ? undefined : this.#table.ofDialog(request.dialogId);
    if (leg) leg.inDialog(request);
    else if (request.method === 'INVITE' && request.dialogId === null) this.#invite(request);
    else if (request.method === 'REGISTER') {
      this.#registrar.register(request).then((response) => request.respond(response));
    } else {
      const response = strayResponse(request);
      if (response) request.respond(response);
    }
  }

  #invite(invite: IncomingRequest): void {
    const leg = new InboundLeg({ legId: this.#options.ids.legId(), invite, context: this.#context });
    this.#table.add(leg);
    const login = this.#logins.check(invite, null);
    if (login.type === 'refused') {
      leg.refuse(login.response);
      return;
    }
    const extension = login.type === 'proven' ? login.extension.number : null;
    this.#tell((listener) => listener.offered(inboundCall(leg.legId, invite, extension)));
    leg.offered();
  }

  #cancel(transactionId: string, head: MessageHead): void {
    this.#cancellable.get(transactionId)?.();
    const leg = this.#table.ofTransaction(transactionId);
    if (!leg) return;
    leg.cancelled(head.all('reason'));
    if (leg.isOver) this.#table.noteCancelled(leg.legId);
  }

  /** A 2xx for a leg that is long over, or of a second fork: nobody may stay connected (RFC 3261 13.2.2.4). */
  #strayAnswer(dialogId: string): void {
    // A drachtio-server names all forks of an INVITE alike: a BYE would end the call that was answered first
    if (dialogId === '' || this.#table.ofDialog(dialogId) !== undefined) return;
    this.#link.ack(dialogId);
    const bye = { method: 'BYE', uri: '', dialogId, nextHop: null, headers: {}, body: null };
    this.#link.send(bye, { sent: () => {}, failed: () => {}, response: () => {} });
  }

  #release(call: Leg | ForkedCall): void {
    this.#table.remove(call);
    if (this.#table.isEmpty) this.#settleStop?.();
  }

  #event(event: LegEvent): void {
    if (event.type === 'rejected' || event.type === 'ended') {
      this.#options.log.debug({ ...event }, 'a leg is over');
    }
    this.#tell((listener) => listener.event(event));
  }

  /** An error of the listener is its own; a leg goes on. */
  #tell(run: (listener: CallsListener) => void): void {
    if (!this.#listener) return;
    try {
      run(this.#listener);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log.error({ error: redact(text) }, 'a listener of calls failed');
    }
  }
}

function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
