import assert from 'node:assert/strict';
import { CaseHost } from './case-host.ts';
import { filledIn } from './case-variables.ts';
import { parseMoment, readCase, type ScenarioCase } from './scenario-case.ts';
import { playCase } from './scenario-run.ts';
import { scenarioText } from './scenario-text.ts';

describe('the SIPp harness', () => {
  describe('tables of cases', () => {
    it('a text that is a variable becomes the value, within a longer text it is written out', () => {
      const template = { calls: '$count', title: '$count calls at $$5', list: ['$what'], deep: { other: 'x' } };
      assert.deepEqual(filledIn(template, { count: 2, what: [1] }), {
        calls: 2,
        title: '2 calls at $5',
        list: [[1]],
        deep: { other: 'x' },
      });
    });

    it('a variable that the row has not is an error', () => {
      assert.throws(() => filledIn({ a: '$nothing' }, {}), /no `nothing`/);
    });
  });

  describe('scenario templates', () => {
    const fragments = {
      read: (name: string) => (name === 'say' ? '  <say {{what}} {{how|softly}}/>\n{{more|}}\n  <end/>' : null),
    };

    it('an include stands for the fragment, filled in, and a line that is empty goes', () => {
      const text = scenarioText('<a>\n  <include fragment="say" what="&quot;hi&quot;"/>\n</a>', {}, fragments);
      assert.equal(text, '<a>\n  <say "hi" softly/>\n  <end/>\n</a>');
    });

    it('keys fill what the includes leave open, and what nobody fills is an error', () => {
      const template = '<include fragment="say"/>';
      assert.match(scenarioText(template, { what: 'x', how: 'loudly' }, fragments), /<say x loudly\/>/);
      assert.throws(() => scenarioText(template, {}, fragments), /needs the key `what`/);
      assert.throws(() => scenarioText('<include fragment="none"/>', {}, fragments), /no fragment `none`/);
    });
  });

  it('moments name a role, a direction, a message and which one', () => {
    const expected = { role: 'trunk', direction: 'received', message: 'INVITE', nth: 2 };
    assert.deepEqual(parseMoment('trunk received INVITE #2'), expected);
    assert.throws(() => parseMoment('trunk got INVITE'), /not a moment/);
  });

  /** Who watches the watchman: a pack that cannot fail proves nothing. */
  describe('reports what is wrong', function () {
    this.timeout(60_000);
    const host = new CaseHost(`127.${130 + ((process.pid >> 8) & 63)}.${process.pid & 255}.1`);
    after(() => host.discard());

    const fails = (change: (scenario: ScenarioCase) => void, message: RegExp) => async () => {
      const scenario = readCase('final-response/603');
      change(scenario);
      await assert.rejects(playCase(scenario, host), message);
    };

    it(
      'a callback that ends otherwise',
      fails(({ expect }) => {
        expect.callbacks = [{ state: 'done', outcome: 'busy' }];
      }, /callbacks like/),
    );

    it(
      'an INVITE too many on a trunk',
      fails(({ expect }) => {
        expect.transactions = { 'trunk received INVITE': 2 };
      }, /so many: trunk received INVITE/),
    );

    it(
      'an INVITE to a phone that was to hear nothing',
      fails(({ roles }) => {
        roles['trunk']!.calls = 0;
      }, /it was to hear nothing/),
    );

    it(
      'a time outside its window',
      fails(({ expect }) => {
        expect.timing = [{ from: 'caller received 486', to: 'trunk received INVITE', betweenMs: [0, 100] }];
      }, /ms, not 0,100/),
    );

    it(
      'a header that is not there',
      fails(({ expect }) => {
        expect.messages = [{ moment: 'trunk received INVITE', matches: ['^X-Nothing: '] }];
      }, /X-Nothing/),
    );

    it(
      'an attempt and an event that did not happen',
      fails(({ expect }) => {
        expect.attempts = [{ outcome: 'busy' }];
        expect.events = ['answered'];
      }, /attempts like/),
    );
  });
});
