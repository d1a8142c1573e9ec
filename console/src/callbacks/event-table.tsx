import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CallbackEvent } from '../api/types.ts';
import { Instant } from '../parts/instant.tsx';
import { Wording } from '../parts/sentence.ts';
import { eventText } from './state-words.tsx';

/** Fields as they are: who looks here wants to know exactly; sentences are worded. */
const detailText = ({ sentences, why, ...detail }: Record<string, unknown>, wording: Wording) =>
  Object.entries({
    ...detail,
    ...(why === undefined ? {} : { why: wording.of({ text: String(why), sentences }) }),
  })
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('  ');

/** Everything but the messages, which the ladder shows. */
export function EventTable({ events }: { events: CallbackEvent[] }) {
  const { t, i18n } = useTranslation();
  const wording = new Wording(t, i18n.language);
  return (
    <Table.ScrollContainer
      className="as-lines"
      minWidth={480}
      scrollAreaProps={{
        offsetScrollbars: false,
        viewportProps: { tabIndex: 0, 'aria-label': t('callbacks.one.events') } as never,
      }}
    >
      <Table className="data-table event-table">
        <Table.Tbody>
          {events
            .filter(({ type }) => type !== 'sip')
            .map((event, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the log only grows
              <Table.Tr key={index}>
                <Table.Td>
                  <Instant at={event.at} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{eventText(t, event.type)}</Text>
                </Table.Td>
                <Table.Td>
                  <Text size="xs" c="dimmed" className="mono" style={{ overflowWrap: 'anywhere' }}>
                    {detailText(event.detail, wording)}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
