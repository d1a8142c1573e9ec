/** Where each kind of component may lead: the fields that name another component of the same flow. */

export interface Exits {
  /** Fields that hold one name. */
  one: readonly string[];
  /** Fields that hold names by what they are for. */
  many: readonly string[];
}

const exits = (one: string, many = ''): Exits => ({
  one: one.split(' ').filter((field) => field !== ''),
  many: many.split(' ').filter((field) => field !== ''),
});

/** By the kind as it is written. Kinds that are not here lead nowhere. */
export const EXITS: Readonly<Record<string, Exits>> = {
  announce: exits('next otherwise'),
  menu: exits('noInput invalid otherwise', 'choices'),
  collect: exits('next noInput invalid otherwise'),
  dial: exits('next busy noAnswer rejected unreachable otherwise'),
  screen: exits('next machine declined otherwise'),
  callback: exits('next otherwise'),
  hours: exits('open closed holiday otherwise'),
  switch: exits('otherwise', 'cases'),
  set: exits('next otherwise'),
  webhook: exits('next otherwise', 'exits'),
  record: exits('next otherwise'),
  transfer: exits('next otherwise'),
};

/** Kinds in which a person does something, or time passes, before the call goes on. */
export const WAITING_KINDS: ReadonlySet<string> = new Set(['menu', 'collect', 'dial', 'screen', 'record', 'transfer']);

/** A component as written: each exit that it names, with its path below the component. */
export function exitsOf(component: Readonly<Record<string, unknown>>): Array<{ path: string[]; to: unknown }> {
  const kind = component['type'];
  const fields = typeof kind === 'string' && Object.hasOwn(EXITS, kind) ? EXITS[kind] : undefined;
  if (fields === undefined) return [];
  const one = fields.one.map((field) => ({ path: [field], to: component[field] }));
  const many = fields.many.flatMap((field) => {
    const group = component[field];
    if (typeof group !== 'object' || group === null) return [];
    return Object.entries(group).map(([key, to]) => ({ path: [field, key], to: to as unknown }));
  });
  return [...many, ...one].filter(({ to }) => to !== undefined && to !== null);
}
