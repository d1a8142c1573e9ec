/** What the section `cdr` of the configuration says. */

import type { Secret } from '../configuration.ts';

export interface CdrWebhook {
  url: string;
  /** Key of the signature; null: not signed. */
  secret: Secret | null;
  timeoutSeconds: number;
  /** So much may wait; beyond that the oldest records go. */
  maxQueueMegabytes: number;
}

/** Call detail records: files, and a webhook. */
export interface CdrSettings {
  /** Empty: no files. */
  formats: Array<'ndjson' | 'csv'>;
  maxFileMegabytes: number;
  /** Files of earlier days are removed; 0: none. */
  keepDays: number;
  /** What is written is on the disk after so long; 0: before the next is written. */
  syncSeconds: number;
  webhook: CdrWebhook | null;
}
