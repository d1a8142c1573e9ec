/** The sign of each kind of component. */

import {
  type Icon,
  IconArrowForwardUp,
  IconArrowsSplit,
  IconClockHour4,
  IconDialpad,
  IconHash,
  IconMicrophone,
  IconPhoneCall,
  IconPhoneOff,
  IconPhoneX,
  IconShieldCheck,
  IconTag,
  IconVolume,
  IconWebhook,
} from '@tabler/icons-react';

const ICONS: Readonly<Record<string, Icon>> = {
  announce: IconVolume,
  menu: IconDialpad,
  collect: IconHash,
  dial: IconPhoneCall,
  screen: IconShieldCheck,
  callback: IconPhoneOff,
  hours: IconClockHour4,
  switch: IconArrowsSplit,
  set: IconTag,
  webhook: IconWebhook,
  record: IconMicrophone,
  transfer: IconArrowForwardUp,
  hangup: IconPhoneX,
};

export const iconOf = (type: string): Icon => (Object.hasOwn(ICONS, type) ? ICONS[type]! : IconPhoneX);
