/** The wall clock of the server is set by an hour, forward and back; its monotonic clock runs on. */

import assert from 'node:assert/strict';
import { existsSync, globSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationOf, type NodeSetting, type Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const trunks = ['first'];
const delaySeconds = 2;
/** Offsets to the true time. */
const OFFSETS = ['+3600', '+0', '-3600', '+0', '-1800', '+1800'];
const LIBRARY = '/usr/lib/*/faketime/libfaketimeMT.so.1';

const offsetFile = (stage: Stage): string => join(stage.directory, 'clock');

/** At once: a file that is half written would be another time. */
function setClock(stage: Stage, offset: string): void {
  const file = offsetFile(stage);
  writeFileSync(`${file}.new`, `${offset}\n`);
  renameSync(`${file}.new`, file);
}

function prepare(stage: Stage): NodeSetting {
  const [library] = globSync(LIBRARY);
  assert.ok(library !== undefined && existsSync(library), 'libfaketime is not installed: run make setup-test');
  setClock(stage, '+0');
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: offsetFile(stage),
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  return { server: { env } };
}

async function setBackAndForth(stage: Stage): Promise<void> {
  const { faults } = stage.options;
  for (let fault = 1; fault <= faults; fault += 1) {
    await stage.pause(2_500, 4_500);
    const offset = fault === faults ? '+0' : OFFSETS[(fault - 1) % OFFSETS.length]!;
    setClock(stage, offset);
    stage.progress(`the server's clock is the true time ${offset} s`, fault);
  }
  await stage.pause(2_500, 2_500);
}

export const clock: Scenario = {
  name: 'clock',
  about: "the server's wall clock is set by an hour, forward and back",
  nodes: 1,
  delaySeconds,
  trunks,
  faults: { full: 18, short: 4 },
  shortRate: 12,
  isClockSteady: false,
  configuration: (peers) => configurationOf(peers, { trunks, delaySeconds }),
  prepare,
  disturb: setBackAndForth,
};
