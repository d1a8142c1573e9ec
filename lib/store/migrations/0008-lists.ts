import type { Migration } from './migration.ts';

/**
 * What the console's grid asks, at a hundred thousand callbacks. Every filter has an index that begins with it; behind it
 * stand the other things by which a list is filtered and sorted, so that no row is read but those of the page: the body of
 * a callback is a kilobyte and more.
 *
 * None of it costs a write more than before while a callback lives: `state` was in an index already, and the others never
 * change but for `due_at` (a retry, which changes the state too). `callbacks_outcome` is written once, at the end.
 */
export const lists: Migration = {
  number: 8,
  name: 'lists',
  statements: () => [
    `drop index callbacks_state`,
    `create index callbacks_state on callbacks (state, accepted_at, id, rule, inbound_number, due_at)`,
    `drop index callbacks_rule`,
    `create index callbacks_rule on callbacks (rule, accepted_at, id, inbound_number, due_at)`,
    `drop index callbacks_inbound`,
    `create index callbacks_inbound on callbacks (inbound_number, accepted_at, id, rule, due_at)`,
    `create index callbacks_outcome on callbacks (outcome, accepted_at, id, rule, inbound_number, due_at)
      where outcome is not null`,
    `drop index callbacks_accepted`,
    `create index callbacks_accepted on callbacks (accepted_at, id, caller_e164, caller_received, rule, inbound_number, due_at)`,
  ],
};
