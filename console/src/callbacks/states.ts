export const CALLBACK_STATES = [
  'scheduled',
  'queued',
  'dialing',
  'answered',
  'connecting',
  'connected',
  'done',
] as const;

export const isCallbackState = (word: string): word is (typeof CALLBACK_STATES)[number] =>
  (CALLBACK_STATES as readonly string[]).includes(word);

export const OUTCOMES = [
  'connected',
  'no-answer',
  'busy',
  'rejected',
  'unreachable',
  'abandoned',
  'machine',
  'cancelled',
  'expired',
  'refused',
  'failed',
] as const;
