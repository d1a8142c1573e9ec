import type { TFunction } from 'i18next';

/** Who did it: a name as it is, the key of the server's own environment in words. */
export function actorText(t: TFunction, actor: string): string {
  return actor === 'configured' ? t('journal.configured') : actor;
}

/** The other way round, for a reader who asks for what he has read. */
export function actorOf(t: TFunction, text: string): string {
  return text === t('journal.configured') ? 'configured' : text;
}
