import { type CaseVerdict, playPack } from './pack-run.ts';
import { caseNames, readCase } from './scenario-case.ts';

const AT_ONCE = 6;

describe('the SIPp scenarios', function () {
  this.timeout(180_000);
  const names = caseNames().filter((name) => !readCase(name).long);
  const verdicts = new Map(names.map((name) => [name, Promise.withResolvers<CaseVerdict>()]));
  let end: Promise<void> = Promise.resolve();

  before(() => {
    end = playPack(names, {
      atOnce: AT_ONCE,
      verdict: ({ name }, verdict) => verdicts.get(name)!.resolve(verdict),
    });
  });

  after(() => end);

  for (const name of names) {
    it(`${name}: ${readCase(name).title}`, async () => {
      const verdict = await verdicts.get(name)!.promise;
      if (verdict.type === 'failed') throw verdict.error;
    });
  }
});
