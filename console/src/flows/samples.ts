/** Flows to begin with. */

import { readText } from '../parts/configuration-text.ts';
import type { Draft } from './flow-draft.ts';
import connectMe from './samples/connect-me.yaml?raw';
import demoMenu from './samples/demo-menu.yaml?raw';
import snooze from './samples/snooze.yaml?raw';

const TEXTS = { 'demo-menu': demoMenu, snooze, 'connect-me': connectMe } as const;

export const sampleOf = (name: string): Draft | null =>
  Object.hasOwn(TEXTS, name) ? (readText(TEXTS[name as keyof typeof TEXTS]) as Draft) : null;
