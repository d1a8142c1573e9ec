/** Callers' numbers, unreadable for those who may watch and no more. */

/** What says where, not who: our own names and numbers, ids and instants. */
const KEPT = new Set([
  'id',
  'attemptId',
  'callbackId',
  'legId',
  'correlationId',
  'sequence',
  'inboundNumber',
  'inboundNumbers',
  'rule',
  'origin',
  'trunk',
  'trunks',
  'outgoingRule',
  'flow',
  'next',
  'via',
  'source',
  'state',
  'type',
  'method',
  'outcome',
  'reason',
  'step',
  'verdict',
]);
const isKept = (key: string) => KEPT.has(key) || /(?:At|Ms|Seconds)$/.test(key) || key === 'at';

/** Six digits and more, as people write numbers. */
const NUMBER = /\+?\d(?:[ ().-]{0,2}\d){5,}/g;
/** As `toISOString` writes it, and nothing beside it: no number of anybody, whatever its field is called. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;
const SHOWN_FIRST = 4;
const SHOWN_LAST = 2;

function maskedNumber(text: string): string {
  const digits = text.replace(/\D/g, '').length;
  const first = digits >= SHOWN_FIRST + SHOWN_LAST + 3 ? SHOWN_FIRST : 0;
  let seen = 0;
  return text.replace(/\d/g, (digit) => {
    seen++;
    return seen <= first || seen > digits - SHOWN_LAST ? digit : '*';
  });
}

export const maskedText = (text: string): string => text.replace(NUMBER, maskedNumber);

/** A copy of an answer in which callers' numbers and names can't be read. */
export function masked(value: unknown, key = ''): unknown {
  if (isKept(key) && (typeof value !== 'object' || Array.isArray(value))) return value;
  if (key === 'callerName' || key === 'userData') return null;
  if (typeof value === 'string') return INSTANT.test(value) ? value : maskedText(value);
  if (typeof value === 'number' && key !== 'total' && Math.abs(value) >= 1e6) return null;
  if (Array.isArray(value)) return value.map((item) => masked(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, masked(inner, name)]));
}
