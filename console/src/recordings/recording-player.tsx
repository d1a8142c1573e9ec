import { Button } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '../api/client.ts';
import type { Recording } from '../api/types.ts';
import { sayFailed } from '../parts/failure.tsx';
import { timeText } from '../parts/instant.tsx';

/** Fetched when it is asked for, and not before: each listening is in the audit log. */
export function RecordingPlayer({ recording }: { recording: Recording }) {
  const { t, i18n } = useTranslation();
  const [address, setAddress] = useState<string | null>(null);
  const [isLoading, setLoading] = useState(false);
  useEffect(() => () => void (address === null || URL.revokeObjectURL(address)), [address]);
  const { id, startedAt, number, here, node } = recording;
  const label = t('recordings.listenTo', { number, time: timeText(i18n.language, startedAt, Date.now()) });
  if (!here) return <span className="dimmed">{t('recordings.elsewhere', { node })}</span>;
  // biome-ignore lint/a11y/useMediaCaption: nobody has written down what was said
  if (address !== null) return <audio controls autoPlay src={address} aria-label={label} style={{ height: 36 }} />;
  const listen = async () => {
    setLoading(true);
    try {
      const answer = await request(`/api/v1/recordings/${encodeURIComponent(id)}/audio`);
      setAddress(URL.createObjectURL(await answer.blob()));
    } catch (error) {
      sayFailed(t, error);
    } finally {
      setLoading(false);
    }
  };
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconPlayerPlay size={14} aria-hidden />}
      loading={isLoading}
      aria-label={label}
      onClick={() => void listen()}
    >
      {t('recordings.listen')}
    </Button>
  );
}
