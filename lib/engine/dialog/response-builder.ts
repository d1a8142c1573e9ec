import type { SipMessage } from '../message/sip-message.ts';
import { responseTo } from '../transaction/response.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Core } from './core.ts';
import { completeWithBody, contactOf, copyHeaders, type LocalEnd, secureContact } from './request-builder.ts';

const TARGET_REFRESH = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

interface ResponseOptions {
  readonly transaction: ServerTransaction;
  /** Status, reason, header fields and body that the application wants. */
  readonly app: SipMessage;
  readonly toTag: string;
}

/** An application's response, completed from its request (RFC 3261 8.2.6, 12.1.1), or why it cannot be sent. */
export function buildResponse(core: Core, options: ResponseOptions): SipMessage | string {
  const { transaction, app, toTag } = options;
  const { request } = transaction;
  const { status } = app;
  const response = responseTo(request, status, { reason: app.reason, toTag });
  const local = localEndOf(core, transaction);
  const canFormDialog = status > 100 && status < 300 && (request.method === 'INVITE' || request.method === 'SUBSCRIBE');
  if (canFormDialog) for (const route of request.lines('record-route')) response.append('Record-Route', route);
  const isRefresh = status >= 200 && status < 300 && TARGET_REFRESH.has(request.method);
  if ((canFormDialog || isRefresh) && !app.has('contact')) response.append('Contact', contactOf(local));
  copyHeaders(app, response, local);
  secureContact(response, request.uri);
  return completeWithBody(app, response) ?? response;
}

function localEndOf(core: Core, transaction: ServerTransaction): LocalEnd {
  const { protocol, remoteAddress, localAddress, localPort } = transaction.flow;
  return { protocol, ...(core.wire.sentByFor(protocol, remoteAddress) ?? { host: localAddress, port: localPort }) };
}
