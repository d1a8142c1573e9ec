/** A certificate authority of the test's own, made by openssl. */

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  certFile: string;
  keyFile: string;
}

const SECP = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class CertificateAuthority {
  readonly directory = mkdtempSync(join(tmpdir(), 'callback-ca-'));
  readonly caFile = join(this.directory, 'ca.pem');
  readonly #key = join(this.directory, 'ca-key.pem');
  #count = 0;

  constructor() {
    openssl('req', '-x509', ...SECP, '-keyout', this.#key, '-out', this.caFile, '-subj', '/CN=Test CA', '-days', '30');
  }

  /**
   * @param names subjectAltName as openssl has it, `DNS:sip.example.com,IP:127.0.0.1`; none: a common name alone
   * @param days from now on; -1: it has expired
   */
  issue(names: string | null, { common = 'test', days = 20, into = `${++this.#count}` } = {}): Certificate {
    const [certFile, keyFile, request] = ['cert', 'key', 'csr'].map((kind) =>
      join(this.directory, `${into}-${kind}.pem`),
    );
    const extensions = join(this.directory, `${into}.ext`);
    writeFileSync(extensions, `keyUsage=digitalSignature\n${names === null ? '' : `subjectAltName=${names}\n`}`);
    openssl('req', '-new', ...SECP, '-keyout', keyFile!, '-out', request!, '-subj', `/CN=${common}`);
    openssl(
      ...['x509', '-req', '-in', request!, '-CA', this.caFile, '-CAkey', this.#key, '-CAcreateserial'],
      ...['-out', certFile!, '-extfile', extensions, '-days', String(days)],
    );
    return { certFile: certFile!, keyFile: keyFile! };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function fingerprint({ certFile }: Certificate): string {
  return new X509Certificate(readFileSync(certFile)).fingerprint256;
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
