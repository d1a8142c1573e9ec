import { Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type DiffLine, hunks } from './line-diff.ts';

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;

export function DiffView({ diff }: { diff: DiffLine[] }) {
  const { t } = useTranslation();
  const count = (kind: DiffLine['kind']) => diff.filter((line) => line.kind === kind).length;
  const [added, removed] = [count('added'), count('removed')];
  if (added + removed === 0) return <Text>{t('settings.noChange')}</Text>;
  return (
    <Stack gap="xs" component="section" aria-label={t('settings.diff')}>
      <Summary added={added} removed={removed} />
      <div className="diff" data-testid="diff">
        {hunks(diff).map((line, index) =>
          line === null ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a gap is its place
            <div key={index} className="diff-gap" aria-hidden>
              ⋯
            </div>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
            <div key={index} className="diff-line" data-kind={line.kind}>
              <span className="diff-sign">{SIGNS[line.kind]}</span>
              {line.text}
            </div>
          ),
        )}
      </div>
    </Stack>
  );
}

function Summary({ added, removed }: { added: number; removed: number }) {
  const { t } = useTranslation();
  return (
    <>
      <Title order={3}>{t('settings.diff')}</Title>
      <Text size="sm" c="dimmed">
        {t('settings.changes', { added, removed })}
      </Text>
    </>
  );
}
