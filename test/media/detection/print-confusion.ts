/** `make bench-amd` */

import { type Judged, judgePhrases, judgeTones, tableOf } from './confusion.ts';

function print(title: string, judged: Judged[]): void {
  process.stdout.write(`${title}\n${tableOf(judged)}\n`);
  for (const { name, truth, heard, cause, afterMs } of judged)
    if (truth !== heard)
      process.stdout.write(`  ${name}: ${truth}, taken for ${heard} (${cause} after ${afterMs} ms)\n`);
  process.stdout.write('\n');
}

print('Person or machine (rows: what it is), each phrase with three line noises', judgePhrases());
print('Beep or not', judgeTones());
