/**
 * The grid of callbacks in Chromium: `node bench/grid.ts [rows] [times]`. From the click or the key to the painted rows,
 * each filter and pair of filters; prints a table in Markdown.
 */

import { GridRig, STEPS } from '../test/console/grid-rig.ts';

const rows = Number(process.argv[2] ?? 100_000);
const times = Number(process.argv[3] ?? 9);

const grid = await GridRig.open({ address: '127.0.82.30', phones: '127.0.82.31', rows });
try {
  console.log(`| ${rows} callbacks, ${times} times each | shown: p50 ms | max ms | answered: p50 ms | max ms |`);
  console.log('|---|---|---|---|---|');
  for (const step of STEPS) {
    await grid.time(step);
    const taken: Array<Awaited<ReturnType<GridRig['time']>>> = [];
    for (let turn = 0; turn < times; turn += 1) taken.push(await grid.time(step));
    const of = (name: 'shownMs' | 'answeredMs') => {
      const sorted = taken.map((one) => one[name]).sort((a, b) => a - b);
      return `${sorted[Math.floor(times / 2)]!.toFixed(0)} | ${sorted.at(-1)!.toFixed(0)}`;
    };
    console.log(`| ${step.name} | ${of('shownMs')} | ${of('answeredMs')} |`);
  }
} finally {
  await grid.close();
}
