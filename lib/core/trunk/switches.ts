/** The operator's switches: whether callbacks are promised, and whether anybody is dialled; for all, and per trunk. */

export type SwitchName = 'accept' | 'dial';
export const SWITCH_NAMES: readonly SwitchName[] = ['accept', 'dial'];

export type SwitchPair = Readonly<Record<SwitchName, boolean>>;

export interface Switches extends SwitchPair {
  /** Those that differ from on; a trunk without an entry has both on. */
  trunks: ReadonlyMap<string, SwitchPair>;
}

/** `trunk` null: the one for all. */
export interface SwitchChange {
  name: SwitchName;
  trunk: string | null;
  on: boolean;
}

const BOTH_ON: SwitchPair = { accept: true, dial: true };
export const ALL_ON: Switches = { ...BOTH_ON, trunks: new Map() };

export function switchesOf({ trunks }: Switches, trunk: string): SwitchPair {
  return trunks.get(trunk) ?? BOTH_ON;
}

export function switched(before: Switches, { name, trunk, on }: SwitchChange): Switches {
  if (trunk === null) return { ...before, [name]: on };
  const trunks = new Map(before.trunks).set(trunk, { ...switchesOf(before, trunk), [name]: on });
  return { ...before, trunks };
}

/** @param source of the request: a trunk's name, `extension:NNN`, or null for the API */
export function acceptsFrom(switches: Switches, source: string | null): boolean {
  return switches.accept && (source === null || switchesOf(switches, source).accept);
}

export function mayDial(switches: Switches, trunk: string): boolean {
  return switches.dial && switchesOf(switches, trunk).dial;
}
