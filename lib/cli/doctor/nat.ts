/** Whether the address that we give to others is one at which they reach us. */

import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { type Finding, fault, note, ok, warning } from './finding.ts';

/** How far an address reaches. */
export type Reach = 'loopback' | 'private' | 'public' | 'any';

export function reachOf(address: string): Reach {
  if (!ipaddr.isValid(address)) return 'public';
  const range = ipaddr.process(address).range();
  if (range === 'unspecified') return 'any';
  if (range === 'loopback') return 'loopback';
  return range === 'unicast' ? 'public' : 'private';
}

export interface NatQuestion {
  /** Addresses on which SIP listens. */
  listening: readonly string[];
  /** `--advertise`; null: the local address. */
  advertise: { host: string; addresses: readonly string[] } | null;
  /** Trunks with the addresses of their proxies. */
  trunks: ReadonlyArray<{ name: string; addresses: readonly string[] }>;
  /** Those of this machine. */
  local: readonly string[];
}

export function localAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses): NetworkInterfaceInfo[] => addresses ?? []);
  return all.map(({ address }) => address);
}

/** The farthest of them. */
function farthest(addresses: readonly string[]): Reach {
  const reaches = addresses.map(reachOf);
  return (['public', 'private', 'loopback'] as const).find((reach) => reaches.includes(reach)) ?? 'loopback';
}

const namesOf = (trunks: NatQuestion['trunks']): string => trunks.map(({ name }) => `'${name}'`).join(', ');

export function checkNat({ listening, advertise, trunks, local }: NatQuestion): Finding[] {
  const isAny = listening.some((address) => reachOf(address) === 'any');
  const own = isAny ? local : listening;
  const ownReach = farthest(own);
  const outside = trunks.filter(({ addresses }) => addresses.some((address) => reachOf(address) !== 'loopback'));
  const onTheInternet = trunks.filter(({ addresses }) => addresses.some((address) => reachOf(address) === 'public'));
  if (outside.length === 0) return [ok('nat', 'all trunks are on this machine')];
  if (ownReach === 'loopback') {
    const text = `SIP listens on loopback alone (${listening.join(', ')}), and ${namesOf(outside)} are elsewhere`;
    return [fault('nat', text, "listen where they reach this machine: --sip 'sip:ADDRESS:5060;transport=udp,tcp'")];
  }
  if (advertise === null) return [withoutAdvertise({ own, ownReach, onTheInternet })];
  return withAdvertise(advertise, { onTheInternet, local });
}

function withoutAdvertise(known: {
  own: readonly string[];
  ownReach: Reach;
  onTheInternet: NatQuestion['trunks'];
}): Finding {
  const { own, ownReach, onTheInternet } = known;
  if (onTheInternet.length === 0 || ownReach === 'public') return ok('nat', `others reach us at ${shortList(own)}`);
  const text = `${namesOf(onTheInternet)} are on the Internet, and Contact and SDP carry ${shortList(own)}`;
  const advice =
    'give the public address by --advertise, and have the router forward the SIP port and the RTP ports to this machine';
  return warning('nat', text, advice);
}

const shortList = (addresses: readonly string[]): string => {
  const shown = addresses.filter((address) => reachOf(address) !== 'loopback').slice(0, 3);
  return (shown.length > 0 ? shown : addresses.slice(0, 1)).join(', ');
};

function withAdvertise(
  { host, addresses }: NonNullable<NatQuestion['advertise']>,
  { onTheInternet, local }: { onTheInternet: NatQuestion['trunks']; local: readonly string[] },
): Finding[] {
  if (addresses.length === 0) {
    return [fault('nat', `--advertise ${host} has no address`, 'correct the name, or give the address itself')];
  }
  const reach = farthest(addresses);
  if (reach === 'loopback') {
    return [
      fault('nat', `--advertise ${host} is loopback: nobody else reaches it`, 'give the address that the trunks reach'),
    ];
  }
  if (reach === 'private' && onTheInternet.length > 0) {
    const text = `--advertise ${host} is a private address, and ${namesOf(onTheInternet)} are on the Internet`;
    return [warning('nat', text, 'give the public address')];
  }
  const isHere = addresses.some((address) => local.includes(address));
  return [
    ok('nat', `Contact and SDP carry ${host}`),
    ...(isHere
      ? []
      : [
          note(
            'nat',
            `${host} is not an address of this machine`,
            'the router has to forward the SIP port and the RTP ports',
          ),
        ]),
  ];
}

/** What a trunk's answer tells of us. */
export function seenFinding(
  trunk: string,
  seen: { address: string } | null,
  { sentFrom, advertised }: { sentFrom: string; advertised: readonly string[] },
): Finding[] {
  if (seen === null || seen.address === sentFrom || advertised.includes(seen.address)) return [];
  const text = `trunk '${trunk}' sees us at ${seen.address}`;
  const advice = `there is NAT between: --advertise ${seen.address}`;
  return [
    advertised.length === 0
      ? warning('nat', text, advice)
      : warning('nat', `${text}, not at ${advertised.join(', ')}`, advice),
  ];
}
