import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { en } from './en/index.ts';
import type { Translation } from './translation.ts';

export const LANGUAGES = { en: 'English', 'pt-BR': 'Português (Brasil)', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
    returnNull: false;
  }
}

const KEY = 'drachtio-callback.language';

const LOADERS: Record<Language, () => Promise<Translation>> = {
  en: async () => (await import('./en/index.ts')).en,
  'pt-BR': async () => (await import('./pt-br/index.ts')).ptBr,
  es: async () => (await import('./es/index.ts')).es,
};

/** The person's choice, else the first language of the browser that there is, else English. */
export function preferredLanguage(chosen: string | null, browser: readonly string[]): Language {
  if (chosen !== null && Object.hasOwn(LANGUAGES, chosen)) return chosen as Language;
  for (const tag of browser) {
    const found = (Object.keys(LANGUAGES) as Language[]).find(
      (one) => one.slice(0, 2) === tag.slice(0, 2).toLowerCase(),
    );
    if (found !== undefined) return found;
  }
  return 'en';
}

export async function changeLanguage(language: Language): Promise<void> {
  i18next.addResourceBundle(language, 'translation', await LOADERS[language](), true, true);
  await i18next.changeLanguage(language);
  localStorage.setItem(KEY, language);
  document.documentElement.lang = language;
  document.documentElement.dir = i18next.dir(language);
}

/** Only the one language that is shown is loaded. */
export async function startLanguages(): Promise<void> {
  const language = preferredLanguage(localStorage.getItem(KEY), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: (await LOADERS[language]()) as typeof en } },
    // React escapes what it shows.
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
  document.documentElement.dir = i18next.dir(language);
}
