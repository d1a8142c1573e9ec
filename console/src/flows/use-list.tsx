import { Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Use } from './flow-uses.ts';

export function UseList({ uses }: { uses: readonly Use[] }) {
  const { t } = useTranslation();
  if (uses.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('flows.unused')}
      </Text>
    );
  return (
    <Stack gap={2}>
      {uses.map((use) =>
        use.kind === 'rule' ? (
          <Link key={`rule ${use.name}`} to="/callback-rules/$name" params={{ name: use.name }} className="text-link">
            {t('flows.uses.rule', { name: use.name })}
          </Link>
        ) : (
          <Link key={`${use.kind} ${use.number}`} to="/inbound-numbers" className="text-link">
            {t(`flows.uses.${use.kind}`, { number: use.number })}
          </Link>
        ),
      )}
    </Stack>
  );
}
