/** Whether the application can do its work. Public: no secrets, no addresses of others. */

export interface HealthReport {
  /** SIP listens, the store is open, and it is not draining. */
  ready: boolean;
  /** By part: `sip`, `store`, `media`, ... */
  checks: Record<string, { ok: boolean; detail?: string }>;
}

export interface Health {
  report(): HealthReport;
}

/** Structurally prom-client's Registry. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}
