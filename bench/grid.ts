/**
 * The grid of callbacks in Chromium: `node bench/grid.ts [rows] [times]`. From the click or the key to the painted rows,
 * each filter and pair of filters; prints a table in Markdown.
 */

import { GridRig, STEPS } from '../test/console/grid-rig.ts';

const rows = Number(process.argv[2] ?? 100_000);
const times = Number(process.argv[3] ?? 9);

const grid = await GridRig.open({ address: '127.0.82.30', phones: '127.0.82.31', rows });
try {
  console.log(`| ${rows} callbacks, ${times} times each | p50 ms | max ms |\n|---|---|---|`);
  for (const step of STEPS) {
    await grid.time(step);
    const taken: number[] = [];
    for (let turn = 0; turn < times; turn += 1) taken.push(await grid.time(step));
    taken.sort((a, b) => a - b);
    console.log(`| ${step.name} | ${taken[Math.floor(times / 2)]!.toFixed(0)} | ${taken.at(-1)!.toFixed(0)} |`);
  }
} finally {
  await grid.close();
}
