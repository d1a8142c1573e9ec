import { type ControlLimits, DEFAULT_CONTROL_LIMITS } from './control/connection.ts';
import { DEFAULT_TIMERS, type SipTimers } from './transaction/timers.ts';
import type { ListenPoint } from './transaction/wire.ts';
import type { TlsSettings } from './transport/tls-credentials.ts';

/** How applications reach the engine. */
export type ControlSettings =
  /** The engine listens and applications connect, as with a drachtio-server. */
  | { kind: 'listen'; address: string; port: number; secret: string }
  /** The application listens on a unix-domain socket and the engine connects; it then gets every request. */
  | { kind: 'connect'; path: string; secret: string };

/** Everything that the engine can be told. It is plain data, so that it can be handed to a worker. */
export interface EngineSettings {
  readonly listenPoints: readonly ListenPoint[];
  readonly control: ControlSettings;
  /** Certificates, as files. */
  readonly tls: TlsSettings;
  readonly timers: SipTimers;
  /** Send requests of a dialog to where the peer's messages come from if its Contact looks wrong. */
  readonly natDetection: boolean;
  /** Tell applications of a 100 too; a drachtio-server does not. */
  readonly passTrying: boolean;
  /** Next hop of requests outside of a dialog for which the application names none. */
  readonly outboundProxy: string | undefined;
  /** Send call records (`cdr:attempt`, `cdr:start`, `cdr:stop`) to applications. */
  readonly recordsCalls: boolean;
  /** An INVITE to which its application says nothing at all gets 503 after this time. */
  readonly unansweredMs: number;
  readonly maxServerTransactions: number;
  readonly maxUnauthenticated: number;
  readonly controlLimits: ControlLimits;
}

export type GivenSettings = Pick<EngineSettings, 'listenPoints' | 'control'> & Partial<EngineSettings>;

export function completeSettings(given: GivenSettings): EngineSettings {
  return {
    timers: DEFAULT_TIMERS,
    tls: {},
    natDetection: true,
    passTrying: false,
    outboundProxy: undefined,
    recordsCalls: false,
    unansweredMs: 64_000,
    maxServerTransactions: 100_000,
    maxUnauthenticated: 64,
    controlLimits: DEFAULT_CONTROL_LIMITS,
    ...given,
  };
}
