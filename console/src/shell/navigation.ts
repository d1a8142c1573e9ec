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
  IconPhoneIncoming,
  IconPlugConnected,
  IconRoute,
  IconSettings,
  IconShieldCheck,
} from '@tabler/icons-react';

export interface NavigationLink {
  to: string;
  name:
    | 'dashboard'
    | 'callbacks'
    | 'rules'
    | 'inboundNumbers'
    | 'trunks'
    | 'outgoingRules'
    | 'extensions'
    | 'flows'
    | 'limits'
    | 'suppressions'
    | 'settings'
    | 'audit'
    | 'errors';
  Icon: Icon;
  /** Whoever has not this one does not see the link. */
  permission?: string;
}

export interface NavigationGroup {
  title: 'overview' | 'dialling' | 'system';
  links: NavigationLink[];
}

/** In the words and the order that PBX administrators know. */
export const NAVIGATION: NavigationGroup[] = [
  {
    title: 'overview',
    links: [
      { to: '/', name: 'dashboard', Icon: IconGauge },
      { to: '/callbacks', name: 'callbacks', Icon: IconArrowBackUp, permission: 'callbacks:read' },
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
      { to: '/limits', name: 'limits', Icon: IconAdjustments, permission: 'configuration:read' },
      { to: '/suppressions', name: 'suppressions', Icon: IconBan, permission: 'suppressions:read' },
    ],
  },
  {
    title: 'system',
    links: [
      { to: '/settings', name: 'settings', Icon: IconSettings, permission: 'configuration:read' },
      { to: '/audit', name: 'audit', Icon: IconHistory, permission: 'audit:read' },
      { to: '/errors', name: 'errors', Icon: IconAlertTriangle, permission: 'errors:read' },
    ],
  },
];
