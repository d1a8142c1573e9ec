/** Fresh, unguessable, unique names. */
export interface Ids {
  callbackId(): string;
  attemptId(): string;
  legId(): string;
}
