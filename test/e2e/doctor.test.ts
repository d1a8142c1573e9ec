/** `doctor` as a user runs it: without a server, and beside a running one. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { Answerer } from '../cli/doctor/answerer.ts';
import { Program, readiness, Scratch, serveFlags, snapshot, startServe } from './program.ts';

const ADDRESS = '127.0.54.70';
const TRUNK = '127.0.54.71';

describe('doctor', function () {
  this.timeout(40_000);
  let scratch: Scratch;
  let trunk: Answerer;
  let server: Program | null = null;
  before(async () => {
    scratch = new Scratch();
    trunk = await Answerer.open(TRUNK);
    const configuration = {
      version: 1,
      trunks: [
        {
          name: 'operator',
          proxy: `sip:${TRUNK}:${trunk.port};transport=udp`,
          auth: { username: 'u', password: 'geheim' },
        },
      ],
      inboundNumbers: [{ number: '+554831210110' }],
      callbackRules: [{ name: 'any', trunk: 'operator' }],
    };
    writeFileSync(scratch.at('c.yaml'), stringify(configuration));
  });
  after(async () => {
    if (server?.running) server.signal('SIGKILL');
    await server?.exit();
    trunk.close();
    scratch.remove();
  });

  const serve = () => serveFlags(ADDRESS, scratch.at('data'), '--rtp-ports', '42000-42099');
  const ask = async (...more: string[]) => {
    const program = await Program.run(['doctor', ...serve().slice(1), ...more]);
    return { code: program.code, output: program.stdout + program.stderr };
  };

  it('looks at a file before there is a server, and makes nothing', async () => {
    const before = snapshot(scratch.path);
    const { code, output } = await ask('--config', scratch.at('c.yaml'));
    assert.equal(code, 0, output);
    assert.match(output, /^note {3}server +none runs/m);
    assert.match(output, /^ok {5}sip +udp 127\.0\.54\.70:5060 is free$/m);
    assert.match(output, /^ok {5}trunk .*answers OPTIONS: 200/m);
    assert.deepEqual(snapshot(scratch.path), before);
  });

  it('looks at what a running server has, disturbs nothing, and shows no password', async () => {
    server = await startServe(ADDRESS, [...serve(), '--config', scratch.at('c.yaml')]);
    const { code, output } = await ask();
    assert.equal(code, 0, output);
    assert.match(output, /^ok {5}server +runs at http:\/\/127\.0\.54\.70:8080, ready$/m);
    for (const socket of ['udp 127.0.54.70:5060', 'tcp 127.0.54.70:5060', 'tcp 127.0.54.70:8080']) {
      assert.ok(output.includes(`${socket} is taken, and a server runs`), output);
    }
    assert.match(output, /^note {3}digest .*in the store of the running server$/m);
    assert.doesNotMatch(output, /geheim/);
    assert.equal(await readiness(ADDRESS), 200);
    assert.doesNotMatch(server.stdout, /"level":(40|50)/);
  });

  it('finds the ports taken by somebody else, and the trunk gone', async () => {
    trunk.close();
    const program = await Program.run([
      'doctor',
      ...serveFlags(ADDRESS, scratch.at('other')).slice(1),
      '--config',
      scratch.at('c.yaml'),
      '--json',
    ]);
    assert.equal(program.code, 1);
    const { findings } = JSON.parse(program.stdout) as {
      findings: Array<{ check: string; state: string; advice: string }>;
    };
    const faults = findings.filter(({ state }) => state === 'fault');
    assert.deepEqual(faults.map(({ check }) => check).toSorted(), ['http', 'sip', 'sip', 'trunk']);
    for (const { advice } of faults) assert.ok(advice.length > 10);
    trunk = await Answerer.open(TRUNK);
  });
});
