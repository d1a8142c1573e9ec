/** What a component of a flow does, in the reader's language. */

import type { TFunction } from 'i18next';
import type { Component, Edge } from './flow-plan.ts';

const MENU_SECONDS = 10;
const RING_SECONDS = 20;
const DELAY_SECONDS = 5;

export function componentText(t: TFunction, component: Component): string {
  switch (component.type) {
    case 'menu':
      return t('flows.component.menu', {
        prompt: component.prompt ?? 'tone:beep',
        seconds: component.firstDigitTimeoutSeconds ?? MENU_SECONDS,
      });
    case 'announce':
      return t('flows.component.announce', { prompt: component.prompt });
    case 'dial': {
      const { extension, number, ringTimeoutSeconds } = component;
      const seconds = ringTimeoutSeconds ?? RING_SECONDS;
      return extension
        ? t('flows.component.dialExtension', { extension, seconds })
        : t('flows.component.dialNumber', { number: number ?? '', seconds });
    }
    case 'callback':
      return component.rule
        ? t('flows.component.callbackRule', { rule: component.rule })
        : t('flows.component.callback', { seconds: component.delaySeconds ?? DELAY_SECONDS });
    case 'hangup':
      return t('flows.component.hangup');
    default:
      return t('flows.component.inactive', { type: component.type });
  }
}

export function edgeText(t: TFunction, edge: Edge): string {
  return edge.on === 'choice' ? t('flows.edge.choice', { keys: edge.keys }) : t(`flows.edge.${edge.on}`);
}
