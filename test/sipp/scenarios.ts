import type { CaseMedia } from './case-host.ts';
import { type CaseVerdict, playPack } from './pack-run.ts';
import { readCase } from './scenario-case.ts';

const AT_ONCE = 6;

/** A test for each of these cases; they are played side by side. */
export function playedCases(title: string, names: readonly string[], media: CaseMedia): void {
  describe(title, function () {
    this.timeout(180_000);
    const verdicts = new Map(names.map((name) => [name, Promise.withResolvers<CaseVerdict>()]));
    let end: Promise<void> = Promise.resolve();

    before(() => {
      end = playPack(names, {
        ...{ atOnce: AT_ONCE, media },
        verdict: ({ name }, verdict) => verdicts.get(name)!.resolve(verdict),
      });
    });

    after(() => end);

    for (const name of names) {
      it(`${name}: ${readCase(name).title}`, async () => {
        const verdict = await verdicts.get(name)!.promise;
        if (verdict.type === 'failed') throw verdict.error;
        if (verdict.type === 'skipped') throw new Error(`it is not played: ${verdict.reason}`);
      });
    }
  });
}
