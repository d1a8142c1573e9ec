/** Plays the network scenario in this process, which runs in the namespace of the peers. */

import { exitsOnSignals } from '../support/child-processes.ts';
import { network, REPORT } from './network.ts';
import { play } from './play.ts';
import type { ScenarioOptions } from './scenario.ts';

exitsOnSignals();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const told = JSON.parse(process.argv[2]!) as Omit<ScenarioOptions, 'say'>;
const { elsewhere: _elsewhere, ...here } = network;
say(`${REPORT}${JSON.stringify(await play(here, { ...told, say }))}`);
