import { TransportError } from './flow.ts';
import { TlsConnector } from './tls-connector.ts';
import { expiryProblem, TlsCredentials, type TlsSettings } from './tls-credentials.ts';

export type Notice = { level: 'info' | 'warn'; text: string };

const CHECK_MS = 10_000;
const SAY_AGAIN_MS = 60_000;
const EXPIRY_AGAIN_MS = 86_400_000;
const MOST_SAID = 100;

export interface TlsCareOptions {
  settings: TlsSettings | undefined;
  handshakeMs: number;
  onNotice: (notice: Notice) => void;
  onFailedHandshake: () => void;
}

/** What TLS needs while it runs: certificates that are renewed in their files, and somebody who hears what is wrong with one. */
export class TlsCare {
  readonly connector: TlsConnector;
  readonly #credentials: TlsCredentials;
  readonly #options: TlsCareOptions;
  /** When a sentence was said last. */
  readonly #said = new Map<string, number>();
  #checkedAt = 0;

  /** @throws TransportError that names the file and what to do */
  constructor(options: TlsCareOptions) {
    const { handshakeMs, onFailedHandshake } = options;
    this.#options = options;
    this.#credentials = new TlsCredentials(options.settings);
    this.connector = new TlsConnector({ credentials: this.#credentials, handshakeMs, onFailedHandshake });
  }

  start(now: number): void {
    this.#checkedAt = now;
    this.#watchExpiry(now);
  }

  /** @throws TransportError: nobody can connect to us */
  assertCertificate(): void {
    if (this.#credentials.serverOptions() !== undefined) return;
    const text = 'there is no certificate: give --cert-file and --key-file, or <tls> in drachtio.conf.xml';
    throw new TransportError('EINVAL', text);
  }

  /** Looks whether a certificate was renewed, and whether ours ends soon. */
  sweep(now: number): void {
    if (now - this.#checkedAt < CHECK_MS) return;
    this.#checkedAt = now;
    this.#refresh(now, false);
    this.#watchExpiry(now);
  }

  renew(now: number): void {
    this.#refresh(now, true);
  }

  /** Of what cannot be sent: what is wrong with the peer, but not with every message to it. */
  tell(error: unknown, now: number): void {
    const isOfPeer = error instanceof TransportError && ['ECERT', 'EPROTO', 'ECONNRESET'].includes(error.code);
    if (isOfPeer) this.#warn(error.message, now, SAY_AGAIN_MS);
  }

  #refresh(now: number, isForced: boolean): void {
    try {
      if (!this.#credentials.refresh(isForced)) return;
      this.connector.renew();
      const { own } = this.#credentials;
      const until = own === undefined ? '' : `; ours (${own.subject}) ends on ${new Date(own.expiresAt).toISOString()}`;
      this.#options.onNotice({ level: 'info', text: `the TLS certificates were read again${until}` });
      this.#watchExpiry(now);
    } catch (error) {
      this.#warn(`the TLS certificates stay as they were: ${(error as Error).message}`, now, SAY_AGAIN_MS);
    }
  }

  #watchExpiry(now: number): void {
    const { own } = this.#credentials;
    const problem = own === undefined ? undefined : expiryProblem(own, now);
    if (problem !== undefined) this.#warn(problem, now, EXPIRY_AGAIN_MS);
  }

  #warn(text: string, now: number, againMs: number): void {
    const saidAt = this.#said.get(text);
    if (saidAt !== undefined && now - saidAt < againMs) return;
    this.#said.delete(text);
    if (this.#said.size >= MOST_SAID) this.#said.delete(this.#said.keys().next().value ?? '');
    this.#said.set(text, now);
    this.#options.onNotice({ level: 'warn', text });
  }
}
