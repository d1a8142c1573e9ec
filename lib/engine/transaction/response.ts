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
  response.copyLines(request, 'via');
  response.copyLine(request, 'From');
  const needsTag = status > 100 && options.toTag !== undefined && request.toTag === undefined;
  if (needsTag) response.append('To', `${request.get('to') ?? ''};tag=${options.toTag}`);
  else response.copyLine(request, 'To');
  response.copyLine(request, 'Call-ID');
  response.copyLine(request, 'CSeq');
  if (status === 100 && request.has('timestamp')) response.copyLine(request, 'Timestamp');
  return response;
}
