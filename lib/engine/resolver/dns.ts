import { lookup, Resolver as SystemResolver } from 'node:dns/promises';
import { ipFamily } from '../message/host.ts';

export type AddressRecord = { address: string; ttlSeconds: number };
export type SrvRecord = { name: string; port: number; priority: number; weight: number };
export type NaptrRecord = { order: number; preference: number; flags: string; service: string; replacement: string };

/** The questions put to the DNS. Each rejects with the system's error (`ENOTFOUND`, `ENODATA`, `ETIMEOUT`) when there is no answer. */
export type Dns = {
  resolve4(name: string): Promise<AddressRecord[]>;
  resolve6(name: string): Promise<AddressRecord[]>;
  resolveSrv(name: string): Promise<SrvRecord[]>;
  resolveNaptr(name: string): Promise<NaptrRecord[]>;
  /** The operating system's way, which knows the hosts file and search domains. */
  lookup(name: string): Promise<string[]>;
  /** Gives up the questions that are under way, where that can be done. */
  cancel?(): void;
};

/** The machine's own resolver; one question takes at most `timeoutMs`. */
export function systemDns(timeoutMs: number): Dns {
  const resolver = new SystemResolver({ timeout: timeoutMs, tries: 1 });
  const withTtl = (records: { address: string; ttl: number }[]) =>
    records.map(({ address, ttl }) => ({ address, ttlSeconds: ttl }));
  return {
    resolve4: async (name) => withTtl(await resolver.resolve4(name, { ttl: true })),
    resolve6: async (name) => withTtl(await resolver.resolve6(name, { ttl: true })),
    resolveSrv: (name) => resolver.resolveSrv(name),
    resolveNaptr: (name) => resolver.resolveNaptr(name),
    lookup: async (name) => {
      const found = await lookup(name, { all: true });
      return found.map(({ address }) => address).filter((address) => ipFamily(address) !== 0);
    },
    cancel: () => resolver.cancel(),
  };
}
