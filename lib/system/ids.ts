import { randomUUID } from 'node:crypto';
import type { Ids } from '../ports/ids.ts';
export const createIds = (): Ids => ({ callbackId: randomUUID, attemptId: randomUUID, legId: randomUUID });
