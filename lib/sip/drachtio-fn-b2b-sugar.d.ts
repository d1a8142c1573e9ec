/** 0.2.1 as it behaves; it has no typings. */
declare module 'drachtio-fn-b2b-sugar' {
  /** Both have to be of a class that is called Dialog, and `other` the one of the other. */
  const sugar: { forwardInDialogRequests(dialog: object, methods: string[]): void };
  export default sugar;
}
