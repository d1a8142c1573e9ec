import { z } from 'zod';
import type { Trunk, TrunkMatch } from '../core/configuration.ts';
import { flaw } from '../core/mistake.ts';
import {
  anyText,
  attestation,
  cidr,
  headerName,
  listOf,
  MASKED_SECRET,
  money,
  name,
  numberOrPrefix,
  phoneNumber,
  seconds,
  secret,
  sipUri,
  textField,
  whole,
} from './field.ts';
import { coded, fields } from './mistake-list.ts';
import { hostMistake } from './sip-uri.ts';

const host = textField(255, hostMistake);
const ONE_DAY_SECONDS = 86_400;

const match = fields({
  header: headerName.optional(),
  value: anyText.optional(),
  host: host.optional(),
  port: whole(1, 65535).optional(),
  tgrp: anyText.optional(),
})
  .superRefine((given, context) => {
    const say = (message: string) => context.addIssue({ code: 'custom', message });
    if ((given.header === undefined) !== (given.value === undefined)) say(coded('header-with-value'));
    if (Object.keys(given).length === 0) say(coded('match-empty'));
  })
  .transform((given) => given as TrunkMatch);

const callerIds = fields({
  allow: listOf(numberOrPrefix).default([]),
  default: phoneNumber.optional(),
});

const numberFormat = z.enum(['asReceived', 'e164', 'e164NoPlus', 'national']).default('asReceived');

/** The inbound number that was dialled, or a number for all calls. */
const onBehalf = z.union([z.boolean(), phoneNumber], { error: coded('on-behalf-form') }).default(false);

/** It stands in a quoted string of one header among many: an INVITE has to fit into a datagram. */
const callReason = textField(80, (text) => (/["\\]/.test(text) ? flaw('quote-or-backslash') : null));

const identity = fields({
  pai: z.boolean().default(false),
  ppi: z.boolean().default(false),
  rpid: z.boolean().default(false),
  privacy: z.boolean().default(false),
  from: z.enum(['callerId', 'username']).default('callerId'),
  numberFormat,
  callbackIdHeader: z.boolean().default(true),
  diversion: onBehalf,
  historyInfo: onBehalf,
  callReason: callReason.optional(),
  callerIds: callerIds.optional(),
}).transform(({ callReason, ...given }) => ({ ...given, callReason: callReason ?? null }));

const codecs = z
  .array(z.enum(['PCMA', 'PCMU']))
  .min(1, { error: coded('needs-codec') })
  .max(2)
  .superRefine((given, context) => {
    if (new Set(given).size < given.length) context.addIssue({ code: 'custom', message: coded('codec-twice') });
  });

/** A missing password stands for the stored one, as the mask does. */
const auth = fields({
  username: textField(100, () => null),
  password: secret.default(MASKED_SECRET),
  realm: anyText.optional(),
}).transform(({ username, password, realm }) => ({ username, password, ...(realm === undefined ? {} : { realm }) }));

const health = fields({
  optionsSeconds: seconds(0, ONE_DAY_SECONDS).default(0),
  downAfter: whole(1, 1000).default(3),
  upAfter: whole(1, 1000).default(2),
  probeSeconds: seconds(1, ONE_DAY_SECONDS).default(30),
  maxParkSeconds: seconds(0, ONE_DAY_SECONDS).default(300),
});

const registering = fields({
  expiresSeconds: whole(10, 7 * ONE_DAY_SECONDS),
  contact: textField(64, (text) => (/^[A-Za-z0-9+*_.-]+$/.test(text) ? null : flaw('not-a-user-part'))).optional(),
}).transform(({ expiresSeconds, contact }) => ({ expiresSeconds, contact: contact ?? null }));

const register = z.union([z.literal(false), registering], {
  error: coded('register-form'),
});

/** As `openssl x509 -fingerprint -sha256` prints it, or without the colons. */
const FINGERPRINT = /^(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i;

const tlsVerify = z
  .string({ error: coded('tls-verify-form') })
  .superRefine((given, context) => {
    if (!['name', 'wildcard', 'none'].includes(given) && !FINGERPRINT.test(given))
      context.addIssue({ code: 'custom', message: coded('tls-verify-form') });
  })
  .transform((given) => given.replaceAll(':', '').toLowerCase());

const written = fields({
  name,
  proxy: sipUri,
  outboundProxy: sipUri.optional(),
  domain: host.optional(),
  auth: auth.optional(),
  register: register.default(false),
  accept: listOf(cidr).min(1).optional(),
  match: match.optional(),
  trustIdentity: z.boolean().default(false),
  numberFormat,
  identity: identity.prefault({}),
  callerIds: callerIds.optional(),
  codecs: codecs.optional(),
  telephoneEvent: z.boolean().default(true),
  maxCallsPerSecond: z.number().positive().max(10_000).default(5),
  maxConcurrentCalls: whole(1, 1_000_000).default(30),
  noResponseSeconds: seconds(0.5, 60).optional(),
  health: health.prefault({}),
  minimumAttestation: attestation.optional(),
  attestationHeader: headerName.optional(),
  maxPriceClass: name.optional(),
  spendPerDay: money.optional(),
  tlsVerify: tlsVerify.optional(),
  weight: whole(1, 1000).optional(),
});

/** `callerIds` may stand beside `identity` or in it. */
export const trunk: z.ZodType<Trunk> = written
  .superRefine((given, context) => {
    const twice = given.callerIds !== undefined && given.identity.callerIds !== undefined;
    if (twice) context.addIssue({ code: 'custom', path: ['callerIds'], message: coded('caller-ids-twice') });
    if (given.identity.from === 'username' && given.auth === undefined)
      context.addIssue({ code: 'custom', path: ['identity', 'from'], message: coded('username-needs-auth') });
    if (given.register !== false && given.auth === undefined)
      context.addIssue({ code: 'custom', path: ['register'], message: coded('needs-auth') });
    for (const key of ['minimumAttestation', 'attestationHeader'] as const)
      if (given[key] !== undefined && !given.trustIdentity)
        context.addIssue({ code: 'custom', path: [key], message: coded('needs-trust') });
  })
  .transform((given) => {
    const { callerIds: inside, ...identityFields } = given.identity;
    const ids = given.callerIds ?? inside;
    return {
      name: given.name,
      proxy: given.proxy,
      outboundProxy: given.outboundProxy ?? null,
      domain: given.domain ?? null,
      auth: given.auth ?? null,
      register: given.register,
      accept: given.accept ?? null,
      match: given.match ?? null,
      trustIdentity: given.trustIdentity,
      numberFormat: given.numberFormat,
      identity: identityFields,
      callerIds: { allow: ids?.allow ?? [], default: ids?.default ?? null },
      codecs: given.codecs ?? null,
      telephoneEvent: given.telephoneEvent,
      maxCallsPerSecond: given.maxCallsPerSecond,
      maxConcurrentCalls: given.maxConcurrentCalls,
      noResponseSeconds: given.noResponseSeconds ?? null,
      health: given.health,
      minimumAttestation: given.minimumAttestation ?? null,
      attestationHeader: given.attestationHeader ?? null,
      maxPriceClass: given.maxPriceClass ?? null,
      spendPerDay: given.spendPerDay ?? null,
      tlsVerify: given.tlsVerify === 'name' ? null : (given.tlsVerify ?? null),
      weight: given.weight ?? null,
    };
  });
