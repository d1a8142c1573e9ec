/** Who may do what. A user without a role may do nothing. */

export const ROLES = ['administrator', 'developer', 'supervisor', 'manager', 'monitor', 'agent'] as const;
export type Role = (typeof ROLES)[number];

/** What can be allowed, each with what it is. Scopes of API keys have the same names. */
export const PERMISSIONS = {
  'callbacks:read': 'see callbacks, their attempts, ladders and decisions, and what happens live',
  'callbacks:write': 'create, cancel, reschedule and retry callbacks',
  'callbacks:export': 'export and import callbacks as CSV',
  'recordings:listen': 'see which recordings there are, and hear them',
  'recordings:delete': 'remove recordings',
  'status:read': 'see trunks, registrations and switches as they are',
  'switches:write': 'turn the switches accept and dial',
  'configuration:read': 'see rules, numbers, trunks, extensions, flows; try them out',
  'configuration:write': 'change them',
  'numbers:write': 'change inbound numbers and callback rules',
  'suppressions:read': 'see the numbers that are not called',
  'suppressions:write': 'change them',
  'users:read': 'see users, roles and keys',
  'users:write': 'change users and their roles',
  'keys:write': 'make and remove API keys',
  'webhooks:read': 'see webhooks and their deliveries',
  'webhooks:write': 'change webhooks, send again',
  'origins:write': 'change the CORS origins',
  'audit:read': 'see who changed what',
  'errors:read': 'see what went wrong, by correlation id',
  'retention:read': 'see how long what is kept, and holds',
  'retention:write': 'change it, hold and erase',
} as const;
export type Permission = keyof typeof PERMISSIONS;
export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as Permission[];

const SEEING: Permission[] = ['callbacks:read', 'status:read'];
const WORKING: Permission[] = [...SEEING, 'callbacks:write', 'callbacks:export', 'suppressions:read'];

export const PERMISSIONS_OF_ROLE: Readonly<Record<Role, readonly Permission[]>> = {
  administrator: PERMISSION_NAMES,
  /** Connects other systems: keys, webhooks, errors; sees callbacks, and calls nobody. */
  developer: [
    ...SEEING,
    'configuration:read',
    'suppressions:read',
    'keys:write',
    'users:read',
    'webhooks:read',
    'webhooks:write',
    'origins:write',
    'errors:read',
  ],
  supervisor: [
    ...WORKING,
    'recordings:listen',
    'switches:write',
    'configuration:read',
    'numbers:write',
    'suppressions:write',
    'errors:read',
    'audit:read',
  ],
  manager: [...WORKING, 'configuration:read', 'audit:read', 'retention:read'],
  /** Watches; the numbers are masked. */
  monitor: [...SEEING, 'configuration:read'],
  /** Works on callbacks. */
  agent: [...SEEING, 'callbacks:write'],
};

export const isMasked = (role: Role | null): boolean => role === 'monitor';

/** Whoever asks. */
export interface Principal {
  kind: 'session' | 'basic' | 'key' | 'configured';
  /** For the audit: the user's name, `key:NAME`, or `configured`. */
  actor: string;
  /** Null: a key of the configuration. */
  username: string | null;
  name: string | null;
  role: Role | null;
  permissions: ReadonlySet<Permission>;
  /** Null: all of them. */
  inboundNumbers: readonly string[] | null;
  masked: boolean;
}

export const CONFIGURED: Principal = {
  kind: 'configured',
  actor: 'configured',
  username: null,
  name: null,
  role: 'administrator',
  permissions: new Set(PERMISSION_NAMES),
  inboundNumbers: null,
  masked: false,
};

/** Whether he may see what belongs to this inbound number; null: it belongs to none. */
export function mayReach({ inboundNumbers }: Principal, inboundNumber: string | null): boolean {
  return inboundNumbers === null || (inboundNumber !== null && inboundNumbers.includes(inboundNumber));
}

/** Whether both see the same of callbacks, readable to the same degree. */
export function seesTheSame(a: Principal, b: Principal): boolean {
  const limits = ({ inboundNumbers, masked }: Principal) => JSON.stringify([inboundNumbers, masked]);
  return limits(a) === limits(b);
}

/** The numbers that both allow; null: all. */
export function narrower(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return a.filter((number) => b.includes(number));
}
