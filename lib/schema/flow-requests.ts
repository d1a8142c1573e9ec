/** What is asked of flows that are being written. */

import { z } from 'zod';
import { flaw } from '../core/mistake.ts';
import { componentName, name, seconds, textField } from './field.ts';
import { fields } from './mistake-list.ts';
import { instant, queryText } from './requests.ts';

/** The flow is checked with the whole, as when it is saved. */
const draft = z.record(z.string(), z.unknown());

/** `name`: the stored flow whose place it takes; left out: it is new. */
export const validationRequest = fields({ flow: draft, name: name.optional() });

const SIMPLE_EVENTS = [
  'promptEnded',
  'timer',
  'answers',
  'busy',
  'declines',
  'unreachable',
  'targetHangsUp',
  'hangsUp',
  'calledBack',
  'human',
  'machine',
  'beep',
  'noBeep',
  'recorded',
  'hookFails',
  'transferred',
  'transferFails',
] as const;
const MOST_EVENTS = 200;
const DAY_SECONDS = 86_400;
const key = textField(1, (text) => (/^[0-9*#A-D]$/.test(text) ? null : flaw('not-choice-keys')));

/** What happens to a call that is played through, in its order. */
const event = z.discriminatedUnion('type', [
  fields({ type: z.enum(['key', 'targetKey']), key }),
  fields({ type: z.literal('wait'), seconds: seconds(0, DAY_SECONDS) }),
  fields({ type: z.literal('hookAnswers'), exit: componentName.optional() }),
  fields({ type: z.enum(SIMPLE_EVENTS) }),
]);

export const simulationRequest = fields({
  flow: draft,
  /** Where the call enters; left out: at the flow's start. */
  component: componentName.optional(),
  caller: queryText.default(''),
  inboundNumber: queryText.optional(),
  /** True: a callback that was answered; else a call that nobody has answered yet. */
  answered: z.boolean().default(false),
  /** The inter-digit timeout of the rule that called back. */
  timeoutSeconds: seconds(0.1, 3600).optional(),
  /** By the clock of this moment. Left out: now. */
  at: instant.optional(),
  events: z.array(event).max(MOST_EVENTS).default([]),
});
