import type { Application } from '../app/application.ts';
import type { Health } from '../ports/health.ts';
import type { Store } from '../ports/store.ts';

/** @param isUp SIP listens */
export function healthOf(isUp: () => boolean, store: Store, application: Application): Health {
  return {
    report: () => ({
      ready: isUp() && store.healthy() && !application.draining,
      checks: {
        sip: { ok: isUp() },
        store: { ok: store.healthy() },
        drain: { ok: !application.draining },
        // Who is overloaded is still the right one to ask: it says itself when to come again.
        load: { ok: !application.admission.load.isOverloaded, detail: application.admission.load.text },
      },
    }),
  };
}
