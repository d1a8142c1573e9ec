/** A recording is fetched when somebody wants to hear it, and played where its row is. */

import { ActionIcon, Loader } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Prompt } from '../api/types.ts';
import { sayFailed } from '../parts/failure.tsx';
import { soundOf } from './prompt-queries.ts';

/** An address for what was fetched, for as long as it is shown. */
function useSound(prompt: Prompt) {
  const { t } = useTranslation();
  const [isLoading, setLoading] = useState(false);
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => () => void (address !== null && URL.revokeObjectURL(address)), [address]);
  const play = async () => {
    setLoading(true);
    try {
      setAddress(URL.createObjectURL(await soundOf(prompt)));
    } catch (error) {
      sayFailed(t, error);
    } finally {
      setLoading(false);
    }
  };
  return { address, isLoading, play, stop: () => setAddress(null) };
}

export function Listen({ prompt }: { prompt: Prompt }) {
  const { t } = useTranslation();
  const { address, isLoading, play, stop } = useSound(prompt);
  const parameters = { name: prompt.name, language: prompt.language };
  if (isLoading) return <Loader size="xs" aria-label={t('prompts.loading')} />;
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t(address === null ? 'prompts.listen' : 'prompts.stop', parameters)}
        onClick={() => (address === null ? void play() : stop())}
      >
        {address === null ? <IconPlayerPlay size={16} /> : <IconPlayerStop size={16} />}
      </ActionIcon>
      {address === null ? null : (
        // biome-ignore lint/a11y/useMediaCaption: what is said is the name of it
        <audio src={address} autoPlay onEnded={stop} aria-label={t('prompts.sound', parameters)} />
      )}
    </>
  );
}
