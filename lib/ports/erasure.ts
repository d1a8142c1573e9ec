/** A person who asks to be forgotten. */

import type { IsTheirs, NumberTrace } from '../core/policy/number-trace.ts';

export interface Erased {
  /** Callbacks that went. */
  erased: number;
  /** Callbacks that are being talked on: they go when they are done. */
  open: number;
  /** Entries of the audit log, the error book and the deliveries, and lines of record files, in which the number was hidden. */
  hidden: number;
}

/** Who asked for it, and why: for the audit log, also where a crash keeps the request from telling it. */
export interface ErasureOrder {
  /** The correlation id of the request. */
  id: string;
  actor: string | null;
  address: string;
  /** Without the number. */
  reason: string | null;
}

export interface ErasureService {
  /**
   * Everything of a number from before now; what a crash cuts is taken up again.
   * @param number E.164, or as received
   */
  erase(number: string, order: ErasureOrder): Promise<Erased>;
}

/** Records that one node keeps for itself, in files or in memory. */
export interface RecordKeeper {
  /**
   * Hides the number in what began at this instant or before, written already or not.
   * @returns in how many lines
   */
  forget(isTheirs: IsTheirs, until: number): Promise<number>;
}

/** A number as other nodes are told of it: they can find it, and nobody can read it. */
export interface SealedTrace {
  salt: string;
  marks: Array<{ length: number; isWithin: boolean; hash: string }>;
}

export interface TraceSeal {
  seal(trace: NumberTrace): SealedTrace;
  open(sealed: SealedTrace): IsTheirs;
}
