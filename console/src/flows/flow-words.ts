/** What a component of a flow does, in the reader's language. */

import type { TFunction } from 'i18next';
import { flowEditor as words } from '../i18n/en/flow-editor.ts';
import type { Component, ExitRef } from './flow-draft.ts';

const MENU_SECONDS = 10;
const RING_SECONDS = 20;
const DELAY_SECONDS = 5;

const said = (value: unknown): string | undefined => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

function dialText(t: TFunction, { extension, extensions, number, sipUri, ringTimeoutSeconds }: Component): string {
  const seconds = said(ringTimeoutSeconds) ?? String(RING_SECONDS);
  const list = Array.isArray(extensions) ? extensions.join(', ') : '';
  const phone = said(extension) ?? said(list);
  return phone === undefined
    ? t('flows.component.dialNumber', { number: said(number) ?? said(sipUri) ?? '…', seconds })
    : t('flows.component.dialExtension', { extension: phone, seconds });
}

export function componentText(t: TFunction, component: Component): string {
  switch (component.type) {
    case 'menu':
      return t('flows.component.menu', {
        prompt: said(component['prompt']) ?? 'tone:beep',
        seconds: said(component['firstDigitTimeoutSeconds']) ?? String(MENU_SECONDS),
      });
    case 'announce':
      return t('flows.component.announce', { prompt: said(component['prompt']) ?? '…' });
    case 'dial':
      return dialText(t, component);
    case 'callback': {
      const rule = said(component['rule']);
      return rule === undefined
        ? t('flows.component.callback', { seconds: said(component['delaySeconds']) ?? String(DELAY_SECONDS) })
        : t('flows.component.callbackRule', { rule });
    }
    case 'hangup':
      return t('flows.component.hangup');
    default:
      return isKind(component.type)
        ? t(`flowEditor.does.${component.type}`)
        : t('flows.component.inactive', { type: component.type });
  }
}

type WordedKind = keyof typeof words.does;
const isKind = (type: string): type is WordedKind => Object.hasOwn(words.does, type);

export function kindText(t: TFunction, type: string): string {
  return Object.hasOwn(words.kind, type) ? t(`flowEditor.kind.${type as keyof typeof words.kind}`) : type;
}

/** What leads along an exit: a key, a name, or what happened. */
export function exitText(t: TFunction, type: string, { field, key }: ExitRef): string {
  if (key !== undefined) return field === 'choices' ? t('flows.edge.choice', { keys: key }) : key;
  if (field === 'otherwise' && type === 'dial') return t('flows.edge.notReached');
  if (field === 'next' && type === 'callback') return t('flows.edge.calledBack');
  return Object.hasOwn(words.exit, field) ? t(`flowEditor.exit.${field as keyof typeof words.exit}`) : field;
}
