import { Buffer } from 'node:buffer';
import { hash, randomFillSync } from 'node:crypto';

/** RFC 3261 8.1.1.7: what every branch begins with. */
export const MAGIC_COOKIE = 'z9hG4bK';

const TOKEN_BYTES = 16;
const pool = Buffer.alloc(TOKEN_BYTES * 256);
let unusedAt = pool.length;

/** 128 random bits as text: for branches, tags and Call-IDs. Drawn in bulk, since each draw is a system call. */
export function randomToken(): string {
  if (unusedAt === pool.length) {
    randomFillSync(pool);
    unusedAt = 0;
  }
  const token = pool.toString('hex', unusedAt, unusedAt + TOKEN_BYTES);
  unusedAt += TOKEN_BYTES;
  return token;
}

export interface BranchSeed {
  readonly callId: string;
  readonly fromTag: string;
  readonly cseq: number;
  readonly method: string;
  readonly uri: string;
  /** 0 for the first resolved address; another address is another transaction (RFC 3263 4.3). */
  readonly targetIndex: number;
}

/**
 * The branch of a request whose identity the application chose itself. The same request gives the same branch, also from
 * another process: for the peer it is then a retransmission (RFC 3261 17.2.3), and nobody is rung twice when an
 * application repeats, after a crash, a request of which it cannot know whether it left.
 */
export function derivedBranch(seed: BranchSeed): string {
  const parts = [seed.callId, seed.fromTag, seed.cseq, seed.method, seed.uri, seed.targetIndex];
  return MAGIC_COOKIE + hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32);
}

export function randomBranch(): string {
  return MAGIC_COOKIE + randomToken();
}
