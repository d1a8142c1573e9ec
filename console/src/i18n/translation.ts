import type { en } from './en/index.ts';

type Texts<T> = { [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };

/** What a language has to say. */
export type Translation = Texts<typeof en>;
