/** What nodes tell each other by NOTIFY: hints only. All of it is found out by looking, too. */

export const CHANNEL = 'drachtio_callback';

export type Hint = { from: string } & (
  | { kind: 'freed' }
  | { kind: 'mail' }
  | { kind: 'answered'; sequence: number }
  | { kind: 'configured'; revision: number }
  | { kind: 'slot'; trunk: string }
  | { kind: 'switched' }
);

/** Anybody who may connect to the database may send one. Null: it is none of ours. */
export function readHint(payload: string | undefined): Hint | null {
  try {
    const value: unknown = JSON.parse(payload ?? '');
    if (typeof value !== 'object' || value === null) return null;
    const hint = value as Record<string, unknown>;
    if (typeof hint['from'] !== 'string') return null;
    if (hint['kind'] === 'freed' || hint['kind'] === 'mail' || hint['kind'] === 'switched') return hint as Hint;
    if (hint['kind'] === 'answered' && typeof hint['sequence'] === 'number') return hint as Hint;
    if (hint['kind'] === 'configured' && typeof hint['revision'] === 'number') return hint as Hint;
    return hint['kind'] === 'slot' && typeof hint['trunk'] === 'string' ? (hint as Hint) : null;
  } catch {
    return null;
  }
}
