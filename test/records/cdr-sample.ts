/** A record of which a test changes what it is about, and a directory that goes with it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cdr, type OpenLeg, outboundLeg, recordOfLeg } from '../../lib/core/cdr/cdr.ts';
import { BUSY } from '../support/fake-calls.ts';

export const NOON = Date.UTC(2026, 10, 26, 12, 0, 0);

export function aLeg(legId: string, changes: Partial<OpenLeg> = {}): OpenLeg {
  const dialled = { legId, callbackId: 'cb', trunk: 'operator', caller: '+554831210110', callee: '048991996260' };
  return { ...outboundLeg(dialled, NOON), ...changes };
}

export function aRecord(legId: string, changes: Partial<Cdr> = {}): Cdr {
  return { ...recordOfLeg(aLeg(legId), { type: 'rejected', legId, result: BUSY }, NOON + 500), ...changes };
}

export class CdrDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'callback-cdr-'));

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Resolves when it holds; what it waits for is done by the file system. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
