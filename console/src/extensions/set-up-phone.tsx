/** Sets up a softphone: a QR code with an address that gives it its settings once. */

import { Alert, Button, CopyButton, Group, List, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconLockOpen, IconQrcode } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { Extension } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { QrCode } from '../parts/qr-code.tsx';

const MINUTES = 10;
const SIP_PORT = 5060;
const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
type Transport = (typeof TRANSPORTS)[number];

interface Place {
  server: string;
  transport: Transport;
}

function Ask({
  number,
  onMade,
}: {
  number: string;
  onMade(made: { url: string; expiresAt: string; place: Place }): void;
}) {
  const { t } = useTranslation();
  const [server, setServer] = useState(`${window.location.hostname}:${SIP_PORT}`);
  const [transport, setTransport] = useState<Transport>('udp');
  const make = useMutation({
    mutationFn: () =>
      api.post('/api/v1/extensions/{name}/provisioning', {
        parameters: { name: number },
        body: { server, transport },
      }),
    onSuccess: ({ path, expiresAt }) =>
      onMade({ url: new URL(path, window.location.origin).href, expiresAt, place: { server, transport } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Group align="flex-end" gap="sm">
          <TextInput
            flex="1 1 220px"
            label={t('phones.server')}
            description={t('phones.serverText')}
            value={server}
            onChange={({ currentTarget: { value } }) => setServer(value)}
          />
          <Select
            w={110}
            label={t('phones.transport')}
            allowDeselect={false}
            data={TRANSPORTS.map((value) => ({ value, label: value.toUpperCase() }))}
            value={transport}
            onChange={(value) => setTransport(value as Transport)}
          />
        </Group>
        {make.error === null ? null : <Failure error={make.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={make.isPending} leftSection={<IconQrcode size={16} />}>
            {t('phones.make')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface MadeProps {
  number: string;
  url: string;
  expiresAt: string;
  place: Place;
  onAgain(): void;
}

function Made({ number, url, expiresAt, place, onAgain }: MadeProps) {
  const { t, i18n } = useTranslation();
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: 'short' }).format(new Date(expiresAt));
  return (
    <Stack align="stretch">
      <Group justify="center">
        <QrCode text={url} label={t('phones.qr', { number })} />
      </Group>
      <Group align="flex-end" gap="sm" wrap="nowrap">
        <TextInput
          flex={1}
          readOnly
          label={t('phones.address')}
          description={t('phones.expires', { time })}
          classNames={{ input: 'mono' }}
          value={url}
        />
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t('action.copied') : t('action.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
      <div>
        <Text size="sm" fw={600}>
          {t('phones.used')}
        </Text>
        <List size="sm">
          <List.Item>
            {t('phones.username')}: <span className="mono">{number}</span>
          </List.Item>
          <List.Item>
            {t('phones.domain')}: <span className="mono">{place.server}</span> ({place.transport.toUpperCase()})
          </List.Item>
          <List.Item>
            {t('phones.password')}: {t('phones.passwordHidden')}
          </List.Item>
        </List>
      </div>
      <Group justify="flex-end">
        <Button variant="default" onClick={onAgain}>
          {t('phones.again')}
        </Button>
      </Group>
    </Stack>
  );
}

function Dialog({ extension, onClose }: { extension: Extension; onClose: () => void }) {
  const { t } = useTranslation();
  const { number, password } = extension;
  const [made, setMade] = useState<{ url: string; expiresAt: string; place: Place } | null>(null);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('phones.title', { number })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack>
        <Text size="sm">{t('phones.lead', { minutes: MINUTES })}</Text>
        {window.location.protocol === 'https:' ? null : (
          <Alert variant="light" color="yellow" icon={<IconLockOpen size={18} />} p="sm">
            {t('phones.insecure')}
          </Alert>
        )}
        {!password ? (
          <Alert color="red" variant="light">
            {t('phones.noPassword')}
          </Alert>
        ) : made === null ? (
          <Ask number={number} onMade={setMade} />
        ) : (
          <Made number={number} {...made} onAgain={() => setMade(null)} />
        )}
      </Stack>
    </Modal>
  );
}

export function SetUpPhone({ extension }: { extension: Extension }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const may = useMay('configuration:write');
  // One with a fixed address does not register.
  if (!may || extension.contact) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconQrcode size={14} />}
        aria-label={t('phones.setUpOf', { number: extension.number })}
        onClick={() => setOpen(true)}
      >
        {t('phones.setUp')}
      </Button>
      {isOpen ? <Dialog extension={extension} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
