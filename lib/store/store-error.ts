/** The store's coded errors: what is wrong, with which file, and what to do about it. */

export type StoreErrorCode =
  /** Cannot be read or written now: full disk, no rights, input/output error, closed. */
  | 'STORE_UNAVAILABLE'
  /** Damaged. */
  | 'STORE_CORRUPT'
  /** A file of something else. */
  | 'STORE_FOREIGN'
  /** Another process owns it. */
  | 'STORE_IN_USE'
  /** Written by a newer version of this program. */
  | 'STORE_NEWER'
  /** Written by an older version of this program, and not to be brought up to date without being asked. */
  | 'STORE_OUTDATED'
  /** A row that breaks a uniqueness or reference rule; a mistake of the caller. */
  | 'STORE_CONFLICT';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** File or directory concerned; null: memory, or a server. */
  readonly path: string | null;

  constructor(code: StoreErrorCode, message: string, context: { path: string | null; cause?: unknown }) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = 'StoreError';
    this.code = code;
    this.path = context.path;
  }
}
