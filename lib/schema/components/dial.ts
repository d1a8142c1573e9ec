import { z } from 'zod';
import type { DialComponent } from '../../core/configuration.ts';
import { callerId, extensionNumber, name, prompt, seconds, sipUri } from '../field.ts';
import { coded, fields } from '../mistake-list.ts';
import { dialText } from './dial-text.ts';
import { exitTo, questionFields } from './question.ts';
import { stayFields, stayOf } from './stay.ts';

const MOST_EXTENSIONS = 50;
const MOST_TALK_SECONDS = 86_400;
const TARGETS = ['extension', 'extensions', 'number', 'sipUri'] as const;

const dialFields = {
  type: z.literal('dial'),
  extension: extensionNumber.optional(),
  extensions: z.array(extensionNumber).max(MOST_EXTENSIONS).optional(),
  strategy: z.enum(['ringAll', 'inOrder']).default('ringAll'),
  number: dialText.optional(),
  sipUri: sipUri.optional(),
  trunk: name.optional(),
  outgoingRule: name.optional(),
  callerId: callerId.optional(),
  ringTimeoutSeconds: seconds(1, 600).default(20),
  record: z.boolean().optional(),
  consent: z.boolean().default(false),
  whisper: prompt.optional(),
  confirm: fields(questionFields).optional(),
  maxTalkSeconds: seconds(1, MOST_TALK_SECONDS).optional(),
  releaseMedia: z.boolean().optional(),
  next: exitTo(),
  busy: exitTo(),
  noAnswer: exitTo(),
  rejected: exitTo(),
  unreachable: exitTo(),
  ...stayFields,
};

type Given = z.output<ReturnType<typeof fields<typeof dialFields>>>;

function dialOf(given: Given): DialComponent {
  return {
    type: given.type,
    extension: given.extension ?? null,
    extensions: [...new Set(given.extensions ?? [])],
    strategy: given.strategy,
    number: given.number ?? null,
    sipUri: given.sipUri ?? null,
    trunk: given.trunk ?? null,
    outgoingRule: given.outgoingRule ?? null,
    callerId: given.callerId ?? null,
    ringTimeoutSeconds: given.ringTimeoutSeconds,
    record: given.record ?? null,
    consent: given.consent,
    whisper: given.whisper ?? null,
    confirm: given.confirm ?? null,
    maxTalkSeconds: given.maxTalkSeconds ?? null,
    releaseMedia: given.releaseMedia ?? null,
    next: given.next ?? null,
    busy: given.busy ?? null,
    noAnswer: given.noAnswer ?? null,
    rejected: given.rejected ?? null,
    unreachable: given.unreachable ?? null,
    ...stayOf(given),
  };
}

export const dial = fields(dialFields)
  .superRefine((given, context) => {
    const named = TARGETS.filter((field) => given[field] !== undefined && given[field].length > 0);
    if (named.length !== 1) context.addIssue({ code: 'custom', message: coded('extension-or-number') });
  })
  .transform(dialOf);
