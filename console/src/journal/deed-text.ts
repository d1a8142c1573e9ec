import type { TFunction } from 'i18next';

type Words = (key: string, values: object) => string;

/** What somebody did: `signed in` stands at `journal.deed.signed-in`. A deed that has no words here is told by its name. */
export function deedText(t: TFunction, action: string): string {
  return (t as unknown as Words)(`journal.deed.${action.replaceAll(' ', '-')}`, { defaultValue: action });
}
