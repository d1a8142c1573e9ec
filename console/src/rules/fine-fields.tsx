/** What most rules leave as it is. */

import { MultiSelect, NumberInput, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CallbackRule } from '../api/types.ts';
import { NumberAt, SwitchAt } from '../parts/fields.tsx';
import { Fold } from '../parts/fold.tsx';
import { LanguageAt } from '../parts/language-field.tsx';
import { GuardFields } from './guard-fields.tsx';
import type { RuleFieldsProps } from './rule-fields.tsx';

const RETRY_OUTCOMES = ['busy', 'no-answer', 'unreachable', 'rejected', 'abandoned', 'machine', 'failed'] as const;
const BY_OUTCOME = 'byOutcome';

/** One number for all, or one for each attempt; or the word that leaves it to what became of the last one. */
function intervalOf(text: string): NonNullable<CallbackRule['retry']>['intervalSeconds'] {
  if (text.trim() === BY_OUTCOME) return BY_OUTCOME;
  const given = text.split(/[ ,;]+/).filter((part) => part !== '');
  return given.length === 0 ? null : given.map(Number);
}

function RetryFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const retry = form.values.retry ?? {};
  const { intervalSeconds } = retry;
  const interval = Array.isArray(intervalSeconds) ? intervalSeconds.join(', ') : String(intervalSeconds ?? '');
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <NumberInput
          name="retry.attempts"
          label={t('rules.field.attempts')}
          description={t('rules.field.attemptsText')}
          min={1}
          max={100}
          placeholder="1"
          value={retry.attempts ?? ''}
          error={form.mistake('retry')}
          onChange={(value) => form.set({ retry: { ...retry, attempts: typeof value === 'number' ? value : null } })}
        />
        <TextInput
          name="retry.intervalSeconds"
          label={t('rules.field.interval')}
          description={' '}
          placeholder="60"
          inputMode="numeric"
          key={interval}
          defaultValue={interval}
          onBlur={({ currentTarget: { value } }) => {
            form.set({ retry: { ...retry, intervalSeconds: intervalOf(value) } });
          }}
        />
      </SimpleGrid>
      <MultiSelect
        name="retry.on"
        label={t('fields.rule.retryOn')}
        data={RETRY_OUTCOMES.map((value) => ({ value, label: t(`callbacks.outcome.${value}`) }))}
        value={retry.on ?? ['busy', 'no-answer', 'unreachable']}
        onChange={(on) => form.set({ retry: { ...retry, on: on as NonNullable<typeof retry.on> } })}
      />
    </>
  );
}

function ModeFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const { mode } = form.values;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      <Select
        name="mode"
        label={t('rules.field.mode')}
        allowDeselect={false}
        data={[
          { value: 'reject', label: t('rules.field.modeReject') },
          { value: 'ring', label: t('rules.field.modeRing') },
          { value: 'missedCall', label: t('rules.field.modeMissedCall') },
        ]}
        value={mode ?? 'reject'}
        error={form.mistake('mode')}
        onChange={(value) =>
          form.set({ mode: value as CallbackRule['mode'], ...(value === 'reject' ? { ringSeconds: null } : {}) })
        }
      />
      <NumberAt
        form={form}
        path="ringSeconds"
        label={t('rules.field.ringSeconds')}
        disabled={mode !== 'ring' && mode !== 'missedCall'}
        min={1}
        standard={mode === 'ring' ? 10 : 30}
      />
    </SimpleGrid>
  );
}

function RejectFields({ form }: RuleFieldsProps) {
  const { t } = useTranslation();
  const { reject } = form.values;
  const setReason = (text: string) =>
    form.set({ reject: { ...reject, reason: { ...reject?.reason, text: text || null } } });
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      <NumberInput
        name="reject.status"
        label={t('rules.field.rejectStatus')}
        min={400}
        max={699}
        placeholder="486"
        value={reject?.status ?? ''}
        error={form.mistake('reject')}
        onChange={(value) => form.set({ reject: { ...reject, status: typeof value === 'number' ? value : null } })}
      />
      <TextInput
        name="reject.reason.text"
        label={t('rules.field.rejectText')}
        placeholder="Callback scheduled"
        value={reject?.reason?.text ?? ''}
        onChange={({ currentTarget: { value } }) => setReason(value)}
      />
    </SimpleGrid>
  );
}

const FINE = [
  'ringTimeoutSeconds',
  'expiresSeconds',
  'maxCallSeconds',
  'minimumTalkSeconds',
  'language',
  'releaseMedia',
  'record',
  'consent',
  'ringSeconds',
  'retry',
  'mode',
  'reject',
];

/** @param isComponent of a flow: it is reached by a call, and does not say how the call is treated before */
export function FineFields({ form, isComponent = false }: RuleFieldsProps & { isComponent?: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <Fold title={t('rules.section.fine')} isForcedOpen={FINE.some((path) => form.mistake(path) !== undefined)}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
          <NumberAt
            form={form}
            path="ringTimeoutSeconds"
            label={t('rules.field.ringTimeout')}
            description=" "
            min={1}
            standard={25}
          />
          <NumberAt
            form={form}
            path="expiresSeconds"
            label={t('rules.field.expires')}
            description={t('rules.field.expiresText')}
            min={1}
            standard={1800}
          />
          <NumberAt
            form={form}
            path="maxCallSeconds"
            label={t('fields.rule.maxCall')}
            description=" "
            min={1}
            standard={7200}
          />
          <NumberAt
            form={form}
            path="minimumTalkSeconds"
            label={t('fields.rule.minimumTalk')}
            description={t('fields.rule.minimumTalkText')}
            standard={0}
          />
          <LanguageAt
            form={form}
            path="language"
            label={t('fields.language')}
            description={t('fields.rule.languageText')}
            placeholder={t('fields.rule.languageNone')}
          />
        </SimpleGrid>
        <SwitchAt
          form={form}
          path="releaseMedia"
          label={t('fields.rule.releaseMedia')}
          description={t('fields.rule.releaseMediaText')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
          <SwitchAt
            form={form}
            path="record"
            label={t('fields.rule.record')}
            description={t('fields.rule.recordText')}
          />
          <SwitchAt
            form={form}
            path="consent"
            label={t('fields.rule.consent')}
            description={t('fields.rule.consentText')}
          />
        </SimpleGrid>
        <RetryFields form={form} />
        {isComponent ? null : <ModeFields form={form} />}
        <RejectFields form={form} />
      </Fold>
      <GuardFields form={form} />
    </>
  );
}
