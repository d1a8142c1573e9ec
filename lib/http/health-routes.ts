/** For load balancers, supervisors and Prometheus: without authentication, and without anything worth knowing to others. */

import type { FastifyInstance } from 'fastify';
import type { Health, MetricsSource } from '../ports/health.ts';

const OPEN = { config: { open: true } };

export function healthRoutes(
  app: FastifyInstance,
  { health, metrics }: { health: Health; metrics: MetricsSource },
): void {
  app.get('/healthz', OPEN, async () => ({ status: 'alive' }));

  app.get('/readyz', OPEN, async (_request, reply) => {
    const { ready, checks } = health.report();
    reply.code(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not-ready', checks };
  });

  app.get('/metrics', OPEN, async (_request, reply) => {
    reply.type(metrics.contentType);
    return metrics.metrics();
  });
}
