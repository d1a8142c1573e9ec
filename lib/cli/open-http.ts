import { createServer } from 'node:http';
export interface RunningHttp {
  ready(): void;
  close(): Promise<void>;
  address: string;
}
export async function openHttp({ config, store, registry }: any): Promise<RunningHttp> {
  let ready = false;
  const server = createServer(async (q, r) => {
    if (q.url === '/readyz') {
      r.statusCode = ready ? 200 : 503;
      return void r.end('{}');
    }
    if (q.url === '/metrics') return void r.end(await registry.metrics());
    if (q.url?.startsWith('/api/v1/callbacks')) {
      const page = await store.callbacks.list({
        page: 1,
        pageSize: 100,
        sort: { field: 'acceptedAt', descending: true },
      });
      r.setHeader('content-type', 'application/json');
      const items = await Promise.all(
        page.items.map(async (c: any) => ({ ...c, number: c.caller.received, log: await store.callbacks.log(c.id) })),
      );
      return void r.end(JSON.stringify({ items }));
    }
    r.statusCode = 404;
    r.end();
  });
  await new Promise<void>((res) => server.listen(config.http.port, config.http.host, res));
  return {
    ready: () => {
      ready = true;
    },
    close: async () => {
      server.close();
    },
    address: `${config.http.host}:${config.http.port}`,
  };
}
