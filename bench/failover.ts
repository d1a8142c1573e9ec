/** Two trunks, of which the first one answers every third INVITE with 503. */

import { join } from 'node:path';
import { FAILING_TRUNK, failoverConfiguration } from './call-flow.ts';
import { ours } from './contenders.ts';
import { type Bench, measurePoint, type Point, withDirectory } from './measure.ts';
import { parseMetrics } from './prometheus.ts';

export interface FailoverPoint extends Point {
  /** The failing trunk counts as down after so many faults in a row. */
  downAfter: number;
  /** It was in use when the load ended. */
  isInUse: boolean;
}

/**
 * As it is unless told otherwise, where the faults are never in a row and the trunk stays in use; and at one fault, where it
 * is taken out and a call is let through now and then to find out.
 */
const DOWN_AFTER = [3, 1];

export interface FailoverLoad {
  rate: number;
  seconds: number;
  /** Where the stores are made. */
  directory: string;
}

export async function measureFailover(load: FailoverLoad, bench: Bench): Promise<FailoverPoint[]> {
  const points: FailoverPoint[] = [];
  for (const downAfter of DOWN_AFTER) points.push(await measureOne(downAfter, load, bench));
  return points;
}

function measureOne(downAfter: number, load: FailoverLoad, bench: Bench): Promise<FailoverPoint> {
  const { rate, seconds, directory } = load;
  return withDirectory(directory, async (parent) => {
    const contender = ours({
      dataDirectory: join(parent, 'data'),
      configuration: failoverConfiguration(downAfter),
    });
    let isInUse = false;
    const point = await measurePoint(
      contender,
      {
        rate,
        seconds,
        failsEveryThird: true,
        afterwards: async (running) => {
          const metrics = parseMetrics(await running.metrics());
          isInUse = metrics.get(`callback_trunk_up{trunk="${FAILING_TRUNK}"}`) === 1;
        },
      },
      bench,
    );
    return { ...point, passes: point.passes && everyRefusedOneWentOn(point), downAfter, isInUse };
  });
}

/** Whom the first trunk refused is dialled by the second one, once; so is everybody whom the first one was not asked for. */
function everyRefusedOneWentOn({ completed, trunks }: Point): boolean {
  return trunks.second === trunks.refused + completed - trunks.first;
}
