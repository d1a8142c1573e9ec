import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CallbackEvent } from '../api/types.ts';
import { Instant } from '../parts/instant.tsx';
import { eventText } from './state-words.tsx';

const detailText = (detail: Record<string, unknown>) =>
  Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('  ');

/** Everything but the messages, which the ladder shows. */
export function EventTable({ events }: { events: CallbackEvent[] }) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer
      minWidth={480}
      scrollAreaProps={{
        offsetScrollbars: false,
        viewportProps: { tabIndex: 0, 'aria-label': t('callbacks.one.events') } as never,
      }}
    >
      <Table className="data-table">
        <Table.Tbody>
          {events
            .filter(({ type }) => type !== 'sip')
            .map((event, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the log only grows
              <Table.Tr key={index}>
                <Table.Td w={110}>
                  <Instant at={event.at} />
                </Table.Td>
                <Table.Td w={240}>
                  <Text size="sm">{eventText(t, event.type)}</Text>
                </Table.Td>
                <Table.Td>
                  <Text size="xs" c="dimmed" className="mono" style={{ overflowWrap: 'anywhere' }}>
                    {detailText(event.detail)}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
