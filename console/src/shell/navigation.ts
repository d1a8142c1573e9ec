import {
  type Icon,
  IconAdjustments,
  IconAlertTriangle,
  IconArrowBackUp,
  IconBan,
  IconDeviceLandlinePhone,
  IconGauge,
  IconGitBranch,
  IconHistory,
  IconHourglass,
  IconId,
  IconKey,
  IconMicrophone,
  IconPhoneIncoming,
  IconPlugConnected,
  IconRoute,
  IconSettings,
  IconShieldCheck,
  IconUsers,
  IconWebhook,
  IconWorld,
} from '@tabler/icons-react';
import { isLimited, may, type Session } from '../api/session.ts';

export interface NavigationLink {
  to: string;
  name:
    | 'dashboard'
    | 'callbacks'
    | 'recordings'
    | 'rules'
    | 'inboundNumbers'
    | 'trunks'
    | 'outgoingRules'
    | 'extensions'
    | 'flows'
    | 'limits'
    | 'suppressions'
    | 'users'
    | 'roles'
    | 'apiKeys'
    | 'webhooks'
    | 'origins'
    | 'retention'
    | 'settings'
    | 'audit'
    | 'errors';
  Icon: Icon;
  /** Whoever has not this one sees neither the link nor the page. */
  permission?: string;
  /** Concerns everybody's, though its permission alone does not say so: nothing for who is limited to some numbers. */
  isSystem?: true;
}

export interface NavigationGroup {
  title: 'overview' | 'dialling' | 'administration' | 'system';
  links: NavigationLink[];
}

/** In the words and the order that PBX administrators know. */
export const NAVIGATION: NavigationGroup[] = [
  {
    title: 'overview',
    links: [
      { to: '/', name: 'dashboard', Icon: IconGauge, permission: 'status:read' },
      { to: '/callbacks', name: 'callbacks', Icon: IconArrowBackUp, permission: 'callbacks:read' },
      { to: '/recordings', name: 'recordings', Icon: IconMicrophone, permission: 'recordings:listen' },
    ],
  },
  {
    title: 'dialling',
    links: [
      { to: '/callback-rules', name: 'rules', Icon: IconShieldCheck, permission: 'configuration:read' },
      { to: '/inbound-numbers', name: 'inboundNumbers', Icon: IconPhoneIncoming, permission: 'configuration:read' },
      { to: '/trunks', name: 'trunks', Icon: IconPlugConnected, permission: 'configuration:read' },
      { to: '/outgoing-rules', name: 'outgoingRules', Icon: IconRoute, permission: 'configuration:read' },
      { to: '/extensions', name: 'extensions', Icon: IconDeviceLandlinePhone, permission: 'configuration:read' },
      { to: '/flows', name: 'flows', Icon: IconGitBranch, permission: 'configuration:read' },
      {
        to: '/limits',
        name: 'limits',
        Icon: IconAdjustments,
        permission: 'configuration:read',
        isSystem: true,
      },
      { to: '/suppressions', name: 'suppressions', Icon: IconBan, permission: 'suppressions:read' },
    ],
  },
  {
    title: 'administration',
    links: [
      { to: '/users', name: 'users', Icon: IconUsers, permission: 'users:read' },
      { to: '/roles', name: 'roles', Icon: IconId, permission: 'users:read' },
      { to: '/api-keys', name: 'apiKeys', Icon: IconKey, permission: 'users:read' },
      { to: '/webhooks', name: 'webhooks', Icon: IconWebhook, permission: 'webhooks:read' },
      { to: '/cors-origins', name: 'origins', Icon: IconWorld, permission: 'origins:write' },
      { to: '/retention', name: 'retention', Icon: IconHourglass, permission: 'retention:read' },
    ],
  },
  {
    title: 'system',
    links: [
      { to: '/settings', name: 'settings', Icon: IconSettings, permission: 'configuration:read', isSystem: true },
      { to: '/audit', name: 'audit', Icon: IconHistory, permission: 'audit:read' },
      { to: '/errors', name: 'errors', Icon: IconAlertTriangle, permission: 'errors:read' },
    ],
  },
];

export function mayOpen({ permission, isSystem }: NavigationLink, who: Session | null | undefined): boolean {
  if (!who || (isSystem === true && isLimited(who))) return false;
  return permission === undefined || may(who, permission);
}

/** Pages whose address does not begin with that of the link that leads to them. */
const UNDER: Readonly<Record<string, string>> = { '/new-callback-rule': '/callback-rules', '/new-flow': '/flows' };

/** The link that an address belongs to: `/webhooks/crm` to `/webhooks`. Undefined: to none, it is for all. */
export function linkOf(path: string): NavigationLink | undefined {
  const wanted = UNDER[path] ?? path;
  return NAVIGATION.flatMap(({ links }) => links).find(
    ({ to }) => wanted === to || (to !== '/' && wanted.startsWith(`${to}/`)),
  );
}
