/** What is removed is what the page shows: read once more, compared, and named by its ETag when it goes. */

import { type Answered, ApiFailure } from './client.ts';

/** How things go: no change that somebody has made. */
const PASSING = ['lockedUntil', 'lastUsedAt', 'failures', 'failingSince', 'nextTryAt'];

const lasting = (item: unknown): string =>
  JSON.stringify(item, (name, value: unknown) => (PASSING.includes(name) ? undefined : value));

/** @returns the ETag of what is shown; throws as a lost race does (412) where another thing is stored by now */
export function tagOfShown(shown: object, { body, etag }: Answered<unknown>): string | null {
  if (lasting(shown) === lasting(body)) return etag;
  throw new ApiFailure(412, { code: 'precondition-failed', message: 'it was changed since it was shown' });
}
