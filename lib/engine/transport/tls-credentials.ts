import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import {
  createSecureContext,
  getCACertificates,
  rootCertificates,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
} from 'node:tls';
import { TransportError } from './flow.ts';

/** Files in PEM. Certificate and key go together; without them we connect by TLS, but nobody connects to us. */
export interface TlsSettings {
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Intermediate certificates, if they do not stand in the certificate's file. */
  readonly chainFile?: string | undefined;
  /** Whom we trust, in place of those whom the system trusts. */
  readonly caFile?: string | undefined;
  /** TLS 1.2 if it is not given. */
  readonly minVersion?: SecureVersion | undefined;
}

export interface OwnCertificate {
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

type Material = { cert?: string; key?: string; ca?: string; own: OwnCertificate | undefined };

const MAX_FILE_BYTES = 1_048_576;
const BEGIN_CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

/** What we show, and whom we trust. Whole at any time: files that cannot be used leave what was read before in force. */
export class TlsCredentials {
  readonly #settings: TlsSettings;
  #material: Material;
  #signature: string;
  #client: SecureContext | undefined;

  /** @throws TransportError (`EINVAL`) that names the file and what to do */
  constructor(settings: TlsSettings = {}) {
    this.#settings = settings;
    this.#signature = signatureOf(settings);
    this.#material = readMaterial(settings);
  }

  get own(): OwnCertificate | undefined {
    return this.#material.own;
  }

  /** Undefined: we have no certificate, so nobody can connect to us. */
  serverOptions(): SecureContextOptions | undefined {
    const { cert, key } = this.#material;
    return cert === undefined || key === undefined ? undefined : { cert, key, minVersion: this.#minVersion };
  }

  /** Our certificate goes along: some carriers know their customers by it. Made when it is needed: there are many CAs. */
  clientContext(): SecureContext {
    const { ca } = this.#material;
    this.#client ??= createSecureContext({
      ...this.serverOptions(),
      minVersion: this.#minVersion,
      ca: ca ?? systemAuthorities(),
    });
    return this.#client;
  }

  /**
   * Reads the files again if one of them has changed, or `isForced`. False: nothing new.
   * @throws TransportError; the old ones stay in force then
   */
  refresh(isForced = false): boolean {
    const signature = signatureOf(this.#settings);
    if (!isForced && signature === this.#signature) return false;
    this.#signature = signature;
    this.#material = readMaterial(this.#settings);
    this.#client = undefined;
    return true;
  }

  get #minVersion(): SecureVersion {
    return this.#settings.minVersion ?? 'TLSv1.2';
  }
}

/** Undefined: it is good for two weeks and more. */
export function expiryProblem(own: OwnCertificate, now: number): string | undefined {
  const { subject, expiresAt } = own;
  if (expiresAt - now > SOON_MS) return undefined;
  const day = new Date(expiresAt).toISOString().slice(0, 10);
  if (expiresAt <= now) return `our TLS certificate (${subject}) expired on ${day}: renew it, peers refuse it`;
  return `our TLS certificate (${subject}) expires on ${day}, in ${Math.floor((expiresAt - now) / DAY_MS)} days: renew it`;
}

function readMaterial({ certFile, keyFile, chainFile, caFile }: TlsSettings): Material {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [has, lacks] = certFile === undefined ? ['key-file', 'cert-file'] : ['cert-file', 'key-file'];
    throw problem(`${has} is given, but no ${lacks}: they go together`);
  }
  if (chainFile !== undefined && certFile === undefined) throw problem('chain-file is given, but no cert-file');
  const ca = caFile === undefined ? undefined : readCertificates('ca-file', caFile);
  if (certFile === undefined || keyFile === undefined) return { ...(ca === undefined ? {} : { ca }), own: undefined };
  const leaf = readCertificates('cert-file', certFile);
  const cert = chainFile === undefined ? leaf : `${leaf}\n${readCertificates('chain-file', chainFile)}`;
  const key = readKey(keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
      throw problem(`key-file ${keyFile} is not the key of cert-file ${certFile}`);
    throw problem(`key-file ${keyFile} and cert-file ${certFile} can't be used: ${message}`);
  }
  const { subject, validTo } = new X509Certificate(leaf);
  const name = /(?:^|\n)CN=(.+)/.exec(subject)?.[1] ?? certFile;
  return { cert, key, ...(ca === undefined ? {} : { ca }), own: { subject: name, expiresAt: Date.parse(validTo) } };
}

function readCertificates(what: string, path: string): string {
  const text = readText(what, path);
  if (!text.includes(BEGIN_CERTIFICATE)) throw problem(`${what} ${path} holds no certificate in PEM`);
  try {
    for (const part of text.split(BEGIN_CERTIFICATE).slice(1)) new X509Certificate(BEGIN_CERTIFICATE + part);
  } catch {
    throw problem(`${what} ${path} holds a certificate that can't be read: is the file whole?`);
  }
  return text;
}

/** Nothing of it stands in any text. */
function readKey(path: string): string {
  const text = readText('key-file', path);
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(text)) {
    const isLocked = text.includes('ENCRYPTED');
    throw problem(
      `key-file ${path} ${isLocked ? 'has a passphrase: write it without one' : 'holds no private key in PEM'}`,
    );
  }
  return text;
}

function readText(what: string, path: string): string {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw problem(`${what} ${path} is larger than ${MAX_FILE_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof TransportError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw problem(`${what} ${path} does not exist`);
    if (code === 'EACCES') throw problem(`${what} ${path} may not be read by the user that this runs as`);
    throw problem(`${what} ${path} can't be read: ${message}`);
  }
}

const problem = (text: string): TransportError => new TransportError('EINVAL', `TLS: ${text}`);

/** Changes with any of the files; a link that names another file now is such a change. */
function signatureOf({ certFile, keyFile, chainFile, caFile }: TlsSettings): string {
  const parts = [certFile, keyFile, chainFile, caFile].map((path) => {
    if (path === undefined) return '';
    const status = statSync(path, { throwIfNoEntry: false, bigint: true });
    return status === undefined ? 'none' : `${status.ino} ${status.size} ${status.mtimeNs}`;
  });
  return parts.join('|');
}

function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : [...rootCertificates];
}
