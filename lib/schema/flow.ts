import { z } from 'zod';
import type {
  AnnounceComponent,
  CallbackComponent,
  DialComponent,
  Flow,
  FlowComponent,
  HangupComponent,
  InactiveComponent,
  MenuComponent,
} from '../core/configuration.ts';
import { flaw } from '../core/mistake.ts';
import { methodMistakes, termFields, termsOf } from './callback-terms.ts';
import { anyText, callerId, componentName, extensionNumber, name, prompt, seconds, textField, whole } from './field.ts';
import { coded, fields } from './mistake-list.ts';
import { shown, suggestion } from './nearest.ts';

/** Types of later stages: accepted with a warning, and a hangup until then. */
export const INACTIVE_TYPES = [
  'collect',
  'screen',
  'hours',
  'switch',
  'set',
  'webhook',
  'record',
  'transfer',
  'queue',
  'voicemail',
  'goto',
  'wait',
] as const;

const VARIABLES = ['caller', 'inboundNumber', 'digits'];
const MOST_DIGITS = 32;

const choiceKeys = textField(MOST_DIGITS, (text) => (/^[0-9*#A-D]+$/.test(text) ? null : flaw('not-choice-keys')));

const menu = fields({
  type: z.literal('menu'),
  prompt: prompt.default('tone:beep'),
  interruptible: z.boolean().default(true),
  firstDigitTimeoutSeconds: seconds(0.1, 3600).default(10),
  interDigitTimeoutSeconds: seconds(0.1, 3600).optional(),
  onInterDigitTimeout: z.enum(['disconnect', 'take']).default('disconnect'),
  choices: z.record(z.string(), componentName).default({}),
  maxDigits: whole(1, MOST_DIGITS).optional(),
  otherwise: componentName.optional(),
})
  .superRefine((given, context) => {
    for (const keys of Object.keys(given.choices)) {
      const say = (message: string) => context.addIssue({ code: 'custom', path: ['choices', keys], message });
      const wrong = choiceKeys.safeParse(keys);
      if (!wrong.success) say(wrong.error.issues[0]?.message ?? coded('not-choice-keys'));
      else if (given.maxDigits !== undefined && keys.length > given.maxDigits)
        say(coded('choice-too-long', { most: given.maxDigits }));
    }
  })
  .transform((given): MenuComponent => {
    const longest = Math.max(2, ...Object.keys(given.choices).map((keys) => keys.length));
    return {
      type: given.type,
      prompt: given.prompt,
      interruptible: given.interruptible,
      firstDigitTimeoutSeconds: given.firstDigitTimeoutSeconds,
      interDigitTimeoutSeconds: given.interDigitTimeoutSeconds ?? null,
      onInterDigitTimeout: given.onInterDigitTimeout,
      choices: given.choices,
      maxDigits: given.maxDigits ?? longest,
      otherwise: given.otherwise ?? null,
    };
  });

/** A number to dial, in which variables may stand: `0{digits}`. */
const dialText = textField(100, (text) => {
  const unknown = [...text.matchAll(/\{([^{}]*)\}/g)].map((m) => m[1]!).find((word) => !VARIABLES.includes(word));
  if (unknown !== undefined)
    return flaw('unknown-variable', { variable: `{${shown(unknown)}}`, hint: suggestion(unknown, VARIABLES) });
  const plain = text.replace(/\{[a-zA-Z]+\}/g, '0');
  return /^\+?[0-9*#(][0-9*# ().\-/]*$/.test(plain) ? null : flaw('not-diallable', { number: shown(text) });
});

const dial = fields({
  type: z.literal('dial'),
  extension: extensionNumber.optional(),
  number: dialText.optional(),
  trunk: name.optional(),
  outgoingRule: name.optional(),
  callerId: callerId.optional(),
  ringTimeoutSeconds: seconds(1, 600).default(20),
  otherwise: componentName.optional(),
})
  .superRefine((given, context) => {
    if ((given.extension === undefined) === (given.number === undefined))
      context.addIssue({ code: 'custom', message: coded('extension-or-number') });
  })
  .transform(
    (given): DialComponent => ({
      type: given.type,
      extension: given.extension ?? null,
      number: given.number ?? null,
      trunk: given.trunk ?? null,
      outgoingRule: given.outgoingRule ?? null,
      callerId: given.callerId ?? null,
      ringTimeoutSeconds: given.ringTimeoutSeconds,
      otherwise: given.otherwise ?? null,
    }),
  );

/** A `callback` component: `rule: NAME`, or the terms inline; one or the other. */
const callback = fields({
  type: z.literal('callback'),
  rule: name.optional(),
  ...termFields,
  next: componentName.optional(),
})
  .superRefine((given, context) => {
    if (given.rule === undefined) return methodMistakes(given, context);
    const beside = Object.keys(termFields).find((key) => given[key as keyof typeof termFields] !== undefined);
    if (beside === undefined) return;
    context.addIssue({ code: 'custom', path: [beside], message: coded('beside-rule') });
  })
  .transform(
    (given): CallbackComponent => ({
      type: given.type,
      rule: given.rule ?? null,
      terms: given.rule === undefined ? termsOf(given) : null,
      next: given.next ?? null,
    }),
  );

const announce = fields({ type: z.literal('announce'), prompt, next: componentName.optional() }).transform(
  (given): AnnounceComponent => ({ type: given.type, prompt: given.prompt, next: given.next ?? null }),
);

const hangup = fields({ type: z.literal('hangup'), reason: anyText.optional() }).transform(
  (given): HangupComponent => ({ type: given.type, reason: given.reason ?? null }),
);

const inactive = z
  .looseObject({ type: z.enum(INACTIVE_TYPES) })
  .transform((given): InactiveComponent => ({ type: 'inactive', was: given.type, raw: { ...given } }));

const component: z.ZodType<FlowComponent> = z.discriminatedUnion('type', [
  menu,
  dial,
  callback,
  announce,
  hangup,
  inactive,
]);

const FARTHEST = 100_000;
const coordinate = whole(-FARTHEST, FARTHEST);
/** Where the editor shows a component. */
const place = z
  .array(coordinate)
  .length(2)
  .transform(([x = 0, y = 0]): [number, number] => [x, y]);

/** That names lead to something, and what components may be called, is checked with the whole (references.ts). */
export const flow: z.ZodType<Flow> = fields({
  name,
  start: componentName,
  components: z.record(z.string(), component),
  layout: z.record(z.string(), place).optional(),
}).transform(({ layout, ...given }): Flow => {
  // what was removed or renamed in a file has no place any more
  const places = Object.entries(layout ?? {}).filter(([word]) => Object.hasOwn(given.components, word));
  return places.length === 0 ? given : { ...given, layout: Object.fromEntries(places) };
});
