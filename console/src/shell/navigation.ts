import {
  type Icon,
  IconArrowBackUp,
  IconBan,
  IconDeviceLandlinePhone,
  IconGauge,
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
    | 'suppressions'
    | 'settings';
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
      { to: '/callbacks', name: 'callbacks', Icon: IconArrowBackUp },
    ],
  },
  {
    title: 'dialling',
    links: [
      { to: '/callback-rules', name: 'rules', Icon: IconShieldCheck },
      { to: '/inbound-numbers', name: 'inboundNumbers', Icon: IconPhoneIncoming },
      { to: '/trunks', name: 'trunks', Icon: IconPlugConnected },
      { to: '/outgoing-rules', name: 'outgoingRules', Icon: IconRoute },
      { to: '/extensions', name: 'extensions', Icon: IconDeviceLandlinePhone },
      { to: '/suppressions', name: 'suppressions', Icon: IconBan },
    ],
  },
  { title: 'system', links: [{ to: '/settings', name: 'settings', Icon: IconSettings }] },
];
