/** What most trunks leave as it is: folded, in groups by what they are about. */

import { Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Trunk } from '../api/types.ts';
import { valueAt } from '../parts/field-path.ts';
import { ChoiceAt, NumberAt, SwitchAt, TagsAt, TextAt } from '../parts/fields.tsx';
import { Fold } from '../parts/fold.tsx';
import type { Form } from '../parts/form.ts';
import { PriceClassAt } from '../parts/price-class.tsx';
import { NUMBER_FORMATS } from './number-formats.ts';

export interface TrunkFormProps {
  form: Form<Trunk>;
}

function Pair({ children }: { children: ReactNode }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      {children}
    </SimpleGrid>
  );
}

const TLS_WORDS = ['name', 'wildcard', 'none'] as const;

/** Whether the other side's certificate has to name it; a fingerprint stands for one certificate alone. */
function TlsFields({ form }: TrunkFormProps) {
  const { t } = useTranslation();
  const given = form.values.tlsVerify ?? 'name';
  const word = TLS_WORDS.find((one) => one === given) ?? 'fingerprint';
  return (
    <>
      <Select
        name="tlsVerify"
        label={t('fields.trunk.tlsVerify')}
        description={t('fields.trunk.tlsVerifyText')}
        allowDeselect={false}
        data={[...TLS_WORDS, 'fingerprint' as const].map((value) => ({ value, label: t(`fields.trunk.tls.${value}`) }))}
        value={word}
        error={word === 'fingerprint' ? undefined : form.mistake('tlsVerify')}
        onChange={(value) => form.set({ tlsVerify: value === 'fingerprint' ? '' : value })}
      />
      {word === 'fingerprint' ? (
        <TextInput
          label={t('fields.trunk.tls.fingerprint')}
          description={t('fields.trunk.fingerprintText')}
          classNames={{ input: 'mono' }}
          value={given}
          error={form.mistake('tlsVerify')}
          onChange={({ currentTarget: { value } }) => form.set({ tlsVerify: value })}
        />
      ) : null}
    </>
  );
}

function IncomingFields({ form }: TrunkFormProps) {
  const { t } = useTranslation();
  const trusts = form.values.trustIdentity === true;
  return (
    <>
      <TextAt
        form={form}
        path="outboundProxy"
        label={t('fields.trunk.outboundProxy')}
        description={t('fields.trunk.outboundProxyText')}
        placeholder="sip:sbc.provider.com"
      />
      <TlsFields form={form} />
      <TextAt
        form={form}
        path="auth.realm"
        label={t('fields.trunk.realm')}
        description={t('fields.trunk.realmText')}
        disabled={!form.values.auth}
      />
      <Text size="sm" c="dimmed">
        {t('fields.trunk.matchText')}
      </Text>
      <Pair>
        <TextAt form={form} path="match.header" label={t('fields.trunk.matchHeader')} placeholder="X-Trunk" />
        <TextAt form={form} path="match.value" label={t('fields.trunk.matchValue')} />
        <TextAt form={form} path="match.host" label={t('fields.trunk.matchHost')} />
        <NumberAt form={form} path="match.port" label={t('fields.trunk.matchPort')} min={1} max={65535} />
        <TextAt form={form} path="match.tgrp" label={t('fields.trunk.matchTgrp')} />
      </Pair>
      <Pair>
        <ChoiceAt
          form={form}
          path="minimumAttestation"
          label={t('fields.minimumAttestation')}
          description={t('fields.minimumAttestationText')}
          placeholder={t('fields.notAsked')}
          disabled={!trusts}
          data={['A', 'B', 'C']}
        />
        <TextAt
          form={form}
          path="attestationHeader"
          label={t('fields.trunk.attestationHeader')}
          description={t('fields.trunk.attestationHeaderText')}
          disabled={!trusts}
        />
      </Pair>
    </>
  );
}

/** No, the number that was dialled, or one for all calls. */
function OnBehalf({ form, path, label }: TrunkFormProps & { path: 'diversion' | 'historyInfo'; label: string }) {
  const { t } = useTranslation();
  const value = valueAt(form.values, `identity.${path}`) ?? false;
  const isNumber = typeof value === 'string';
  const set = (next: boolean | string) => form.set({ identity: { ...form.values.identity, [path]: next } });
  const choices = { false: t('fields.trunk.onBehalf.no'), true: t('fields.trunk.onBehalf.dialled') };
  return (
    <>
      <Select
        name={`identity.${path}`}
        label={label}
        allowDeselect={false}
        data={[
          ...Object.entries(choices).map(([word, text]) => ({ value: word, label: text })),
          { value: 'number', label: t('fields.trunk.onBehalf.number') },
        ]}
        value={isNumber ? 'number' : String(value)}
        error={isNumber ? undefined : form.mistake(`identity.${path}`)}
        onChange={(next) => set(next === 'number' ? '' : next === 'true')}
      />
      {isNumber ? (
        <TextInput
          label={t('fields.trunk.onBehalf.which', { header: label })}
          inputMode="tel"
          value={value}
          error={form.mistake(`identity.${path}`)}
          onChange={({ currentTarget }) => set(currentTarget.value)}
        />
      ) : null}
    </>
  );
}

function IdentityFields({ form }: TrunkFormProps) {
  const { t } = useTranslation();
  const formats = NUMBER_FORMATS.map((value) => ({ value, label: t(`trunks.field.format.${value}`) }));
  const sources = (['callerId', 'username'] as const).map((value) => ({
    value,
    label: t(`fields.trunk.from.${value}`),
  }));
  return (
    <>
      <Pair>
        <ChoiceAt
          form={form}
          path="identity.from"
          label={t('fields.trunk.fromField')}
          data={sources}
          standard="callerId"
        />
        <ChoiceAt
          form={form}
          path="identity.numberFormat"
          label={t('fields.trunk.callerIdFormat')}
          data={formats}
          standard="asReceived"
        />
      </Pair>
      <Stack gap="xs">
        <SwitchAt form={form} path="identity.pai" label={t('fields.trunk.pai')} />
        <SwitchAt form={form} path="identity.ppi" label={t('fields.trunk.ppi')} />
        <SwitchAt form={form} path="identity.rpid" label={t('fields.trunk.rpid')} />
        <SwitchAt form={form} path="identity.privacy" label={t('fields.trunk.privacy')} />
        <SwitchAt form={form} path="identity.callbackIdHeader" label={t('fields.trunk.callbackIdHeader')} standard />
      </Stack>
      <Pair>
        <OnBehalf form={form} path="diversion" label="Diversion" />
        <OnBehalf form={form} path="historyInfo" label="History-Info" />
      </Pair>
      <TextAt
        form={form}
        path="identity.callReason"
        label={t('fields.trunk.callReason')}
        description={t('fields.trunk.callReasonText')}
      />
      <TagsAt
        form={form}
        path="callerIds.allow"
        label={t('fields.trunk.callerIdsAllow')}
        description={t('fields.trunk.callerIdsAllowText')}
        placeholder="+5548*"
      />
      <TextAt form={form} path="callerIds.default" label={t('fields.trunk.callerIdsDefault')} />
    </>
  );
}

const CODEC_ORDERS = ['PCMA,PCMU', 'PCMU,PCMA', 'PCMA', 'PCMU'] as const;

function MediaFields({ form }: TrunkFormProps) {
  const { t } = useTranslation();
  const codecs = form.values.codecs?.join(',') ?? null;
  return (
    <>
      <Select
        name="codecs"
        label={t('fields.trunk.codecs')}
        placeholder={t('fields.trunk.codecsUsual')}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        data={CODEC_ORDERS.map((value) => ({ value, label: value.replace(',', ', ') }))}
        value={codecs}
        error={form.mistake('codecs')}
        onChange={(value) => form.set({ codecs: (value?.split(',') ?? null) as Trunk['codecs'] })}
      />
      <SwitchAt form={form} path="telephoneEvent" label={t('fields.trunk.telephoneEvent')} standard />
    </>
  );
}

function HealthFields({ form }: TrunkFormProps) {
  const { t } = useTranslation();
  return (
    <Pair>
      <NumberAt
        form={form}
        path="noResponseSeconds"
        label={t('fields.trunk.noResponse')}
        description={t('fields.trunk.noResponseText')}
        min={0.5}
        max={60}
        standard={6}
      />
      <NumberAt form={form} path="health.downAfter" label={t('fields.trunk.downAfter')} min={1} standard={3} />
      <NumberAt form={form} path="health.upAfter" label={t('fields.trunk.upAfter')} min={1} standard={2} />
      <NumberAt form={form} path="health.probeSeconds" label={t('fields.trunk.probeSeconds')} min={1} standard={30} />
      <NumberAt form={form} path="health.maxParkSeconds" label={t('fields.trunk.maxParkSeconds')} standard={300} />
      <NumberAt
        form={form}
        path="weight"
        label={t('fields.trunk.weight')}
        description={t('fields.trunk.weightText')}
        min={1}
        max={1000}
      />
    </Pair>
  );
}

const wrongIn = (form: Form<Trunk>, paths: readonly string[]) => paths.some((path) => form.mistake(path) !== undefined);

export function FineTrunkFields({ form }: TrunkFormProps) {
  const { t } = useTranslation();
  const incoming = ['outboundProxy', 'tlsVerify', 'match', 'minimumAttestation', 'attestationHeader'];
  return (
    <>
      <Fold title={t('fields.trunk.section.signalling')} isForcedOpen={wrongIn(form, incoming)}>
        <IncomingFields form={form} />
      </Fold>
      <Fold title={t('fields.trunk.section.identity')} isForcedOpen={wrongIn(form, ['identity', 'callerIds'])}>
        <IdentityFields form={form} />
      </Fold>
      <Fold
        title={t('fields.trunk.section.health')}
        isForcedOpen={wrongIn(form, ['noResponseSeconds', 'health', 'weight'])}
      >
        <HealthFields form={form} />
      </Fold>
      <Fold title={t('fields.trunk.section.media')} isForcedOpen={wrongIn(form, ['codecs', 'maxPriceClass'])}>
        <MediaFields form={form} />
        <PriceClassAt form={form} />
      </Fold>
    </>
  );
}
