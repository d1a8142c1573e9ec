import { Buffer } from 'node:buffer';
import type { Clock } from '../clock.ts';
import type { Outcome } from '../dialog/application.ts';
import { dialogIdOf } from '../dialog/dialog.ts';
import type { DialogTable } from '../dialog/dialog-table.ts';
import type { UserAgent } from '../dialog/user-agent.ts';
import { type MessageLimits, parseMessage } from '../message/parse.ts';
import type { SipMessage } from '../message/sip-message.ts';
import type { Directory, Subscriber } from './directory.ts';
import { whenDue } from './held-requests.ts';

/** One frame of an application, split. */
export interface Command {
  readonly id: string;
  readonly type: string;
  /** What follows id and type. */
  readonly args: readonly string[];
  /** The SIP message behind the meta line. */
  readonly rest: Buffer;
}

export type Answer =
  | { kind: 'ok'; rest?: string }
  | { kind: 'nok'; reason: string }
  /** The connection is closed behind it. */
  | { kind: 'no'; reason: string }
  | { kind: 'sent'; outcome: Outcome };

export interface CommandContext {
  readonly clock: Clock;
  readonly userAgent: UserAgent;
  readonly dialogs: DialogTable;
  readonly directory: Directory;
}

const LIMITS: MessageLimits = { maxMessageBytes: 1_048_576, maxHeaderLines: 1_024, maxHeaderLineBytes: 65_536 };
const LINE_END = Buffer.from('\r\n');
const MAX_VERB_CHARS = 64;
const EMPTY = Buffer.alloc(0);

/** Undefined for a meta line of fewer than two tokens. */
export function parseCommand(payload: Buffer): Command | undefined {
  const end = payload.indexOf(LINE_END);
  const meta = payload.toString('utf8', 0, end < 0 ? payload.length : end);
  const [id, type, ...args] = meta.split('|');
  if (id === undefined || id === '' || type === undefined) return undefined;
  return { id, type, args, rest: end < 0 ? EMPTY : payload.subarray(end + 2) };
}

/** Does what an authenticated application asks for. The answer comes back once, for a name to be resolved later. */
export function runCommand(
  context: CommandContext,
  from: { command: Command; subscriber: Subscriber },
  answer: (answer: Answer) => void,
): void {
  const { command, subscriber } = from;
  const verb = (command.args[0] ?? '').toLowerCase();
  switch (command.type) {
    case 'route':
    case 'remove_route':
      if (verb === '' || verb.length > MAX_VERB_CHARS) {
        answer({ kind: 'nok', reason: 'a route needs a method' });
        return;
      }
      if (command.type === 'route') context.directory.add(verb, subscriber);
      else context.directory.remove(verb, subscriber);
      answer({ kind: 'ok' });
      return;
    case 'ping':
      answer({ kind: 'ok', rest: 'pong' });
      return;
    case 'sip':
      runSip(context, from, answer);
      return;
    case 'proxy':
      answer({ kind: 'nok', reason: 'proxy is not supported by the embedded engine' });
      return;
    default:
      answer({ kind: 'no', reason: 'Unknown message type' });
  }
}

function runSip(
  context: CommandContext,
  from: { command: Command; subscriber: Subscriber },
  answer: (answer: Answer) => void,
): void {
  const { command, subscriber: owner } = from;
  const [transactionId = '', dialogId = '', routeUrl = ''] = command.args;
  const parsed = parseMessage(command.rest, { isFragment: true, limits: LIMITS });
  if (!parsed.ok) {
    answer({ kind: 'nok', reason: `invalid SIP message: ${parsed.reason}` });
    return;
  }
  const app = parsed.message;
  const reply = (outcome: Outcome) => answer({ kind: 'sent', outcome });
  guarded(answer, () => {
    if (!app.isRequest) {
      if (transactionId === '') {
        answer({ kind: 'nok', reason: 'a response needs a transaction id' });
        return;
      }
      context.userAgent.respond(transactionId, app, reply);
      return;
    }
    const inDialog = dialogId === '' && transactionId === '' ? namedDialog(context.dialogs, app) : dialogId;
    if (inDialog !== '') {
      context.userAgent.sendInDialog({ owner, dialogId: inDialog, app }, reply);
      return;
    }
    if (transactionId === '') {
      const routeUri = routeUrl === '' ? undefined : routeUrl;
      whenDue(context, app, () => {
        if (owner.isOpen) guarded(answer, () => context.userAgent.send(owner, { app, routeUri }, reply));
      });
      return;
    }
    if (app.method !== 'CANCEL') {
      answer({ kind: 'nok', reason: 'only CANCEL can name a transaction' });
      return;
    }
    context.userAgent.cancel(transactionId, app, reply);
  });
}

/** Header names come from the application; one that is no token cannot be sent. */
function guarded(answer: (answer: Answer) => void, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    answer({ kind: 'nok', reason: `invalid SIP message: ${error.message}` });
  }
}

/** A request without a dialog id whose Call-ID and tag are those of an established dialog belongs to it. */
function namedDialog(dialogs: DialogTable, app: SipMessage): string {
  if (app.callId === '') return '';
  for (const tag of [app.fromTag, app.toTag]) {
    const dialog = tag === undefined ? undefined : dialogs.byId(dialogIdOf(app.callId, tag));
    if (dialog?.state === 'confirmed') return dialog.id;
  }
  return '';
}
