import assert from 'node:assert/strict';
import { Program, Scratch, serveFlags, startServe } from './program.ts';

const ADDRESS = '127.0.83.30';

describe('who has forgotten the password of the first start', function () {
  this.timeout(60_000);
  const scratch = new Scratch();
  let server: Program | null = null;
  afterEach(async () => {
    if (server?.running === true) {
      server.signal('SIGKILL');
      await server.exit();
    }
  });
  after(() => scratch.remove());

  const data = () => scratch.at('data');
  const start = async () => {
    server = await startServe(ADDRESS, serveFlags(ADDRESS, data()));
    return server;
  };
  const end = async () => {
    server!.signal('SIGTERM');
    assert.equal(await server!.exit(), 0);
  };
  const signIn = async (password: string) => {
    const answer = await fetch(`http://${ADDRESS}:8080/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
    });
    const body = (await answer.json()) as { mustChangePassword?: boolean };
    return { status: answer.status, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '', ...body };
  };
  const forgotten = async () => {
    const { code, stdout, stderr } = await Program.run(['password', 'admin', '--data', data()]);
    assert.equal(code, 0, stderr);
    const shown = /^admin has the password (\S{20}) until/.exec(stdout)?.[1] ?? assert.fail(stdout);
    assert.equal(stdout.split(shown).length, 2, 'it is shown once');
    return shown;
  };

  it('gets another one from the machine itself, while the server runs and while it does not', async () => {
    const running = await start();
    const first = /password (\S{20})/.exec(running.stderr)?.[1] ?? assert.fail(running.stderr);
    const { status, cookie } = await signIn(first);
    assert.equal(status, 201);
    const second = await forgotten();
    assert.equal((await signIn(first)).status, 401);
    const session = await fetch(`http://${ADDRESS}:8080/api/v1/session`, { headers: { cookie } });
    assert.equal(session.status, 401, 'his session has ended');
    assert.deepEqual([(await signIn(second)).status, (await signIn(second)).mustChangePassword], [201, true]);
    await end();
    const third = await forgotten();
    const again = await start();
    assert.deepEqual([(await signIn(second)).status, (await signIn(third)).status], [401, 201]);
    for (const password of [second, third]) assert.ok(!`${again.stdout}${again.stderr}`.includes(password));
    await end();
  });
});
