import { Gauge, type Registry } from 'prom-client';
import type { MediaServerStatus } from '../ports/media.ts';

const READINGS: readonly { name: string; help: string; value(status: MediaServerStatus): number }[] = [
  {
    name: 'callback_media_server_up',
    help: 'The rtpengine answers, and gets new calls',
    value: ({ isUp }) => Number(isUp),
  },
  {
    name: 'callback_media_server_endpoints',
    help: 'Media endpoints of this node at the rtpengine',
    value: ({ endpoints }) => endpoints,
  },
  {
    name: 'callback_media_server_restarts',
    help: 'How often the rtpengine was found to have been started anew, and its calls were ended',
    value: ({ restarts }) => restarts,
  },
  {
    name: 'callback_media_server_commands',
    help: 'Commands that the rtpengine was given',
    value: ({ commands }) => commands,
  },
  {
    name: 'callback_media_server_commands_resent',
    help: 'Commands that were sent again, as no answer came',
    value: ({ resent }) => resent,
  },
  {
    name: 'callback_media_server_commands_unanswered',
    help: 'Commands that the rtpengine never answered',
    value: ({ unanswered }) => unanswered,
  },
];

/** The machines that media is left to, read on a scrape. */
export function mediaServerGauges(registry: Registry, servers: () => MediaServerStatus[]): void {
  for (const { name, help, value } of READINGS) {
    new Gauge({
      name,
      help,
      labelNames: ['server'],
      registers: [registry],
      collect() {
        this.reset();
        for (const status of servers()) this.set({ server: status.name }, value(status));
      },
    });
  }
}
