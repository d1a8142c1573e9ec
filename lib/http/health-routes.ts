/** For load balancers, supervisors and Prometheus: without authentication, and without anything worth knowing to others. */

import type { FastifyInstance } from 'fastify';
import type { Health, MetricsSource } from '../ports/health.ts';

export function healthRoutes(
  app: FastifyInstance,
  { health, metrics }: { health: Health; metrics: MetricsSource },
): void {
  app.get('/healthz', async () => ({ status: 'alive' }));

  app.get('/readyz', async (_request, reply) => {
    const { ready, checks } = health.report();
    reply.code(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not-ready', checks };
  });

  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.contentType);
    return metrics.metrics();
  });
}
