import { SipMessage } from '../message/sip-message.ts';

/**
 * A response with the fields that RFC 3261 8.2.6.2 copies from the request. `toTag` is added where the request has none;
 * a 100 never gets one from here.
 */
export function responseTo(
  request: SipMessage,
  status: number,
  options: { reason?: string; toTag?: string } = {},
): SipMessage {
  const response = SipMessage.response(status, options.reason);
  for (const via of request.lines('via')) response.append('Via', via);
  response.append('From', request.get('from') ?? '');
  const to = request.get('to') ?? '';
  const needsTag = status > 100 && options.toTag !== undefined && request.toTag === undefined;
  response.append('To', needsTag ? `${to};tag=${options.toTag}` : to);
  response.append('Call-ID', request.callId);
  response.append('CSeq', request.get('cseq') ?? '');
  const timestamp = status === 100 ? request.get('timestamp') : undefined;
  if (timestamp !== undefined) response.append('Timestamp', timestamp);
  return response;
}
