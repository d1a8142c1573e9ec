export const CALLBACK_STATES = [
  'scheduled',
  'queued',
  'dialing',
  'answered',
  'connecting',
  'connected',
  'done',
] as const;
