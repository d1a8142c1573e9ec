import { ipFamily } from '../message/host.ts';
import { parseUri, type SipUri } from '../message/uri.ts';
import { canonicalAddress } from '../transport/address.ts';
import { type Destination, defaultPortOf, type Protocol } from '../transport/flow.ts';
import { protocolOf } from '../transport/uri-transport.ts';
import { type Answer, AnswerCache, MAX_TTL_SECONDS } from './answer-cache.ts';
import { type Dns, type NaptrRecord, type SrvRecord, systemDns } from './dns.ts';
import { orderSrv } from './srv-order.ts';

export type { Dns } from './dns.ts';

/** Where to send, in order of preference; or why there is no place. */
export type Resolution = { ok: true; targets: Destination[] } | { ok: false; reason: string };

export type ResolverOptions = {
  dns?: Dns | undefined;
  /** For everything that one URI takes. */
  timeoutMs?: number | undefined;
  maxCacheEntries?: number | undefined;
  /** Address families that can be sent to; IPv4 is tried first. */
  families?: ReadonlyArray<4 | 6> | undefined;
  /** Epoch milliseconds. */
  now?: (() => number) | undefined;
  random?: (() => number) | undefined;
};

export type ResolveOptions = {
  /** Taken when neither the URI nor the DNS says which; UDP when it is not given (RFC 3263 4.1). */
  preferProtocol?: Protocol | undefined;
};

/** What is asked for: a name, and what the URI says besides. */
type Question = {
  host: string;
  /** Whose certificate it has to be (RFC 5922 4): that of the URI's host, whatever the DNS makes of it. */
  domain: string;
  port: number | undefined;
  protocols: Protocol[];
  isNaptrAsked: boolean;
};

type AddressAnswer = { addresses: string[] /** No answer came in time. */; isSilent: boolean };

const DEFAULT_TIMEOUT_MS = 2_000;
const DEFAULT_CACHE_ENTRIES = 1_000;
const MAX_TARGETS = 16;
const MAX_SRV_RECORDS = 16;
/** Node gives no TTL for these, the hosts file has none. */
const UNKNOWN_TTL_SECONDS = 60;
/** A name without an answer is asked again after this time, so that one fault does not cost 2 s for each call. */
const FAILURE_TTL_SECONDS = 5;
const SILENT_CODES: ReadonlySet<unknown> = new Set(['ETIMEOUT', 'ECANCELLED']);
const NAPTR_SERVICES: ReadonlyMap<string, Protocol> = new Map([
  ['SIP+D2U', 'udp'],
  ['SIP+D2T', 'tcp'],
  ['SIPS+D2T', 'tls'],
]);

/** Locates SIP servers (RFC 3263 4). Failures are data; an answer comes within the time limit. */
export class Resolver {
  readonly #dns: Dns;
  readonly #cache: AnswerCache;
  readonly #timeoutMs: number;
  readonly #families: ReadonlyArray<4 | 6>;
  readonly #random: () => number;
  readonly #waits = new Set<() => void>();
  #isClosed = false;

  constructor(options: ResolverOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#dns = options.dns ?? systemDns(this.#timeoutMs);
    this.#cache = new AnswerCache(options.maxCacheEntries ?? DEFAULT_CACHE_ENTRIES, options.now ?? Date.now);
    this.#families = options.families ?? [4, 6];
    this.#random = options.random ?? Math.random;
  }

  /** The targets alone, in order of preference; none on a failure. */
  async resolveTarget(uri: SipUri | string, options: ResolveOptions = {}): Promise<Destination[]> {
    const resolution = await this.resolve(uri, options);
    return resolution.ok ? resolution.targets : [];
  }

  /** Whoever waits gets nothing, at once and from now on, so that no question keeps a process alive. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#waits) stop();
    this.#dns.cancel?.();
  }

  async resolve(uri: SipUri | string, options: ResolveOptions = {}): Promise<Resolution> {
    const question = questionOf(uri, options.preferProtocol ?? 'udp');
    if (typeof question === 'string') return { ok: false, reason: question };
    const numeric = numericTargets(question);
    if (numeric !== undefined) return { ok: true, targets: numeric };
    const targets = await this.#within(this.#timeoutMs, this.#locate(question));
    if (targets === undefined) return { ok: false, reason: `no answer for ${question.host} in ${this.#timeoutMs} ms` };
    if (targets.length === 0) return { ok: false, reason: `${question.host} has no address` };
    const named = targets.map((target) => (target.protocol === 'tls' ? { ...target, host: question.domain } : target));
    return { ok: true, targets: named.slice(0, MAX_TARGETS) };
  }

  /** What is not there in time goes on in the background and is found in the cache by the next call. */
  async #within<T>(timeMs: number, work: Promise<T>): Promise<T | undefined> {
    const { promise: timeout, resolve: giveUp } = Promise.withResolvers<undefined>();
    const stop = () => giveUp(undefined);
    const timer = setTimeout(stop, timeMs);
    this.#waits.add(stop);
    if (this.#isClosed) stop();
    try {
      return await Promise.race([work, timeout]);
    } finally {
      clearTimeout(timer);
      this.#waits.delete(stop);
    }
  }

  async #locate(question: Question): Promise<Destination[]> {
    const { host, port, protocols } = question;
    // 4.2: an explicit port goes without SRV; a name without a dot is in nobody's DNS zone.
    if (port !== undefined || !host.includes('.'))
      return this.#addresses(host, port ?? defaultPortOf(protocols[0]!), protocols[0]!);
    // Asked beside the others, and each of those has a third of the time: a DNS that drops NAPTR or SRV questions delays a call,
    // but does not stop it.
    const plain = this.#addresses(host, defaultPortOf(protocols[0]!), protocols[0]!);
    const stepMs = this.#timeoutMs / 3;
    const naptr = !question.isNaptrAsked ? [] : await this.#within(stepMs, this.#naptrServices(host, protocols));
    const isNamed = naptr !== undefined && naptr.length > 0;
    const services = isNamed ? naptr : protocols.map((protocol) => ({ protocol, name: serviceName(protocol, host) }));
    const found = services.map(({ protocol, name }) => this.#serviceTargets(name, protocol));
    const targets = (await this.#within(stepMs, Promise.all(found)))?.flat() ?? [];
    return targets.length > 0 ? targets : plain;
  }

  /** 4.1: NAPTR tells the transports and where their SRV records are. */
  async #naptrServices(host: string, protocols: Protocol[]): Promise<Array<{ protocol: Protocol; name: string }>> {
    const records = await this.#records<NaptrRecord>(`naptr ${host}`, () => this.#dns.resolveNaptr(host));
    const ordered = [...records].sort((a, b) => a.order - b.order || a.preference - b.preference);
    const all = ordered.flatMap(({ flags, service, replacement }) => {
      const protocol = NAPTR_SERVICES.get(service.toUpperCase());
      const isUsable = flags.toLowerCase() === 's' && replacement !== '' && protocol !== undefined;
      return isUsable ? [{ protocol, name: replacement }] : [];
    });
    const wanted = all.filter(({ protocol }) => protocols.includes(protocol));
    // A domain that is to be had by TLS alone says so here; else `sip:` without a transport stays with UDP and TCP.
    return wanted.length > 0 ? wanted : all;
  }

  async #serviceTargets(name: string, protocol: Protocol): Promise<Destination[]> {
    const records = await this.#records<SrvRecord>(`srv ${name}`, () => this.#dns.resolveSrv(name));
    // A single record for "." says that the service is decidedly not there (RFC 2782).
    const usable = records.filter((record) => record.name !== '' && record.name !== '.' && record.port > 0);
    const ordered = orderSrv(usable, this.#random).slice(0, MAX_SRV_RECORDS);
    const found = await Promise.all(ordered.map((record) => this.#addresses(record.name, record.port, protocol)));
    return found.flat();
  }

  /** A and AAAA; what the DNS does not know the machine itself may (hosts file). */
  async #addresses(host: string, port: number, protocol: Protocol): Promise<Destination[]> {
    const name = host.toLowerCase();
    const answers = name.includes('.') ? await this.#dnsAddresses(name) : [];
    const addresses = answers.flatMap((answer) => answer.addresses);
    // The system's way blocks one of a few threads: it is not tried where the DNS was silent.
    const isSystemAsked = addresses.length === 0 && !answers.some((answer) => answer.isSilent);
    const found = isSystemAsked ? await this.#systemAddresses(name) : addresses;
    return found.map((address) => ({ protocol, address: canonicalAddress(address), port }));
  }

  #dnsAddresses(name: string): Promise<AddressAnswer[]> {
    const asked = this.#families.map((family) =>
      this.#cache.get(`${family} ${name}`, async (): Promise<Answer<AddressAnswer>> => {
        try {
          this.#assertOpen();
          const records = family === 4 ? await this.#dns.resolve4(name) : await this.#dns.resolve6(name);
          const ttlSeconds = Math.min(MAX_TTL_SECONDS, ...records.map((record) => record.ttlSeconds));
          return { value: { addresses: records.map((record) => record.address), isSilent: false }, ttlSeconds };
        } catch (error) {
          const isSilent = error instanceof Error && 'code' in error && SILENT_CODES.has(error.code);
          return { value: { addresses: [], isSilent }, ttlSeconds: FAILURE_TTL_SECONDS };
        }
      }),
    );
    return Promise.all(asked);
  }

  async #systemAddresses(name: string): Promise<string[]> {
    const all = await this.#records<string>(`system ${name}`, () => this.#dns.lookup(name));
    return this.#families.flatMap((family) => all.filter((address) => ipFamily(address) === family));
  }

  #assertOpen(): void {
    if (this.#isClosed) throw Object.assign(new Error('the resolver is closed'), { code: 'ECANCELLED' });
  }

  #records<T>(question: string, ask: () => Promise<T[]>): Promise<T[]> {
    return this.#cache.get(question, async (): Promise<Answer<T[]>> => {
      try {
        this.#assertOpen();
        const value = await ask();
        return { value, ttlSeconds: value.length > 0 ? UNKNOWN_TTL_SECONDS : FAILURE_TTL_SECONDS };
      } catch {
        return { value: [], ttlSeconds: FAILURE_TTL_SECONDS };
      }
    });
  }
}

/** What the URI asks for, or what is wrong with it. */
function questionOf(uri: SipUri | string, preferred: Protocol): Question | string {
  const parsed = typeof uri === 'string' ? parseUri(uri) : uri;
  if (parsed === undefined) return 'not a URI';
  const { scheme, port } = parsed;
  if (scheme !== 'sip' && scheme !== 'sips') return `${scheme}: URIs cannot be sent to by UDP, TCP or TLS`;
  const maddr = parsed.params.get('maddr');
  const host = typeof maddr === 'string' && maddr !== '' ? maddr : parsed.host;
  const transport = parsed.params.get('transport');
  const about = { host, domain: parsed.host, port };
  if (transport === undefined && scheme === 'sips') return { ...about, protocols: ['tls'], isNaptrAsked: true };
  if (transport === undefined) {
    const other: Protocol = preferred === 'udp' ? 'tcp' : 'udp';
    return { ...about, protocols: [preferred, other], isNaptrAsked: true };
  }
  const named = protocolOf(parsed);
  if (named === undefined) return `transport ${JSON.stringify(transport)} is not to be had`;
  return { ...about, protocols: [named], isNaptrAsked: false };
}

/** RFC 3263 4.1, 4.2. */
function serviceName(protocol: Protocol, host: string): string {
  return protocol === 'tls' ? `_sips._tcp.${host}` : `_sip._${protocol}.${host}`;
}

/** 4.1, 4.2: a numeric host is taken as it is. */
function numericTargets({ host, domain, port, protocols }: Question): Destination[] | undefined {
  if (ipFamily(host) === 0) return undefined;
  const protocol = protocols[0]!;
  const target = { protocol, address: canonicalAddress(host), port: port ?? defaultPortOf(protocol) };
  return [protocol === 'tls' ? { ...target, host: domain } : target];
}
