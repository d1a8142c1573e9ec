/** One side of a bridged call hands the other one over (RFC 3515, RFC 5589), in the words of the core. */

/** Where to. Every string is hostile input. */
export type TransferTarget =
  /** The user part of Refer-To: a number or an extension. Its host counts for nothing: nobody has us call an address. */
  | { kind: 'user'; user: string }
  /** The one whom the same side talks to in another call of ours (Replaces, RFC 3891). */
  | { kind: 'call' };

/** What whoever asked is told, in this order; `refused`, `answered`, `failed` and `joined` are the last. */
export type TransferProgress =
  /** Not allowed; nothing has been tried. */
  | { type: 'refused'; status: number }
  | { type: 'trying' }
  | { type: 'ringing' }
  /** The target has answered: whoever asked is hung up once it has been told. */
  | { type: 'answered' }
  | { type: 'failed'; status: number }
  /** Both calls become one: the target of the other call takes the place of whoever asked, under its name. */
  | { type: 'join' };
