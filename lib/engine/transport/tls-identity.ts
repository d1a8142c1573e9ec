import type { X509Certificate } from 'node:crypto';
import { ipFamily } from '../message/host.ts';
import { parseUri } from '../message/uri.ts';
import { canonicalAddress } from './address.ts';
import { isFingerprint, type Trust } from './flow.ts';

/** One entry of OpenSSL's text of a subjectAltName; what might be mistaken for several is a JSON string there. */
const ALTERNATIVE = /(?:^|, )([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)/g;
const MOST_NAMES_SHOWN = 5;

/**
 * Whether a certificate is that of a SIP domain (RFC 5922 7.1, 7.2), or of an address, which that RFC leaves open. The common
 * name counts only where there is no subjectAltName at all. `*` matches nothing unless it is allowed.
 */
export function isCertificateOf(certificate: X509Certificate, host: string, allowsWildcard = false): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (sipUriHosts(certificate).some((one) => canonicalAddress(one) === canonicalAddress(name))) return true;
  if (ipFamily(name) !== 0) return certificate.checkIP(canonicalAddress(name)) !== undefined;
  return (
    certificate.checkHost(name, {
      subject: certificate.subjectAltName === undefined ? 'always' : 'never',
      wildcards: allowsWildcard,
      partialWildcards: false,
    }) !== undefined
  );
}

/** RFC 5922 7.1: of URIs only those of the scheme `sip` without a user. */
function sipUriHosts(certificate: X509Certificate): string[] {
  return alternatives(certificate).flatMap(({ type, value }) => {
    const uri = type === 'URI' ? parseUri(value) : undefined;
    return uri?.scheme === 'sip' && uri.user === undefined && uri.host !== '' ? [uri.host.toLowerCase()] : [];
  });
}

function alternatives(certificate: X509Certificate): Array<{ type: string; value: string }> {
  return [...(certificate.subjectAltName ?? '').matchAll(ALTERNATIVE)].map(([, type = '', value = '']) => ({
    type,
    value: value.startsWith('"') ? (JSON.parse(value) as string) : value,
  }));
}

function namesIn(certificate: X509Certificate): string {
  const all = alternatives(certificate).map(({ value }) => value);
  const common = /(?:^|\n)CN=(.+)/.exec(certificate.subject)?.[1];
  const names = all.length > 0 || common === undefined ? all : [common];
  return names.length === 0 ? 'nobody' : names.slice(0, MOST_NAMES_SHOWN).join(', ');
}

/** Node's words (OpenSSL's X509_V_ERR_…) for an issuer that is not ours to trust. */
const UNKNOWN_ISSUER = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * What is wrong with a peer's certificate, and what to do; undefined: it is taken.
 * @param chainFault what OpenSSL says of it and of those who signed it; undefined: nothing
 */
export function certificateProblem(
  certificate: X509Certificate,
  about: { host: string; trust: Trust; chainFault: string | undefined },
): string | undefined {
  const { host, trust, chainFault } = about;
  if (trust === 'none') return undefined;
  if (isFingerprint(trust)) {
    const actual = fingerprintOf(certificate);
    if (actual === trust) return undefined;
    return `its certificate is another than the one that is expected: its SHA-256 fingerprint is ${certificate.fingerprint256}`;
  }
  if (chainFault !== undefined) return chainProblem(certificate, chainFault);
  if (isCertificateOf(certificate, host, trust === 'wildcard')) return undefined;
  const advice = isCertificateOf(certificate, host, true)
    ? 'RFC 5922 lets * match nothing; `tlsVerify: wildcard` of the trunk does'
    : 'write one of these names into `proxy`';
  return `its certificate is not that of ${host}, but of ${namesIn(certificate)}: ${advice}`;
}

function chainProblem(certificate: X509Certificate, fault: string): string {
  const { validFrom, validTo, fingerprint256 } = certificate;
  if (fault === 'CERT_HAS_EXPIRED')
    return `its certificate (or one that signed it) has expired; its own ends on ${validTo}: its owner has to renew it`;
  if (fault === 'CERT_NOT_YET_VALID')
    return `its certificate is valid from ${validFrom} on: is the clock of this machine right?`;
  if (UNKNOWN_ISSUER.has(fault)) {
    const pin = `tlsVerify: '${fingerprint256}'`;
    return `its certificate (of ${namesIn(certificate)}) is signed by nobody whom we trust (${fault}): name its CA by --ca-file, or this very certificate by ${pin}`;
  }
  return `its certificate is refused: ${fault}`;
}

/** 64 small hexadecimal digits. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}
