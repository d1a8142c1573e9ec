import assert from 'node:assert/strict';
import fc from 'fast-check';
import { offsetMs, wallTime } from '../../../lib/core/policy/hours/local-time.ts';
import { areOpen, isOpen, nextOpen, type Opening, readCalendar } from '../../../lib/core/policy/hours/opening-hours.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const at = (text: string) => Date.parse(text);
const opening = (zone: string, regular: string[], more: { extra?: string[]; holidays?: string[] } = {}): Opening => ({
  zone,
  calendar: readCalendar({ regular, extra: more.extra ?? [], holidays: more.holidays ?? [] }),
});
const iso = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString());

/** Zones whose clocks are changed in every way there is: forth and back, by half an hour, at midnight, not at all. */
const ZONES = [
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Santiago',
  'Europe/Dublin',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'UTC',
];

describe('the clock on the wall of a zone', () => {
  it('reads as the runtime writes it, in every zone and whatever the clocks do', () => {
    const instants = fc.integer({ min: at('2015-01-01T00:00:00Z') / 1000, max: at('2035-01-01T00:00:00Z') / 1000 });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (zone, seconds) => {
        const wall = wallTime(zone, seconds * 1000);
        const two = (value: number) => String(value).padStart(2, '0');
        const clock = `${two(Math.floor(wall.minute / 60))}:${two(wall.minute % 60)}`;
        const text = `${wall.year}-${two(wall.month)}-${two(wall.day)} ${clock}`;
        const written = new Date(seconds * 1000).toLocaleString('sv-SE', { timeZone: zone });
        assert.equal(written.slice(0, 16), text);
      }),
      { numRuns: 2000 },
    );
  });

  it('changes at the instant that the law names', () => {
    // Each second before and after it; Lord Howe changes by half an hour, Brazil does no more since 2019.
    const hours = (zone: string, text: string) => offsetMs(zone, at(text)) / 3_600_000;
    assert.deepEqual(
      [hours('America/New_York', '2026-03-08T06:59:59Z'), hours('America/New_York', '2026-03-08T07:00:00Z')],
      [-5, -4],
    );
    assert.deepEqual(
      [hours('Australia/Lord_Howe', '2026-04-04T14:59:59Z'), hours('Australia/Lord_Howe', '2026-04-04T15:00:00Z')],
      [11, 10.5],
    );
    assert.deepEqual(
      [hours('America/Sao_Paulo', '2018-12-01T00:00:00Z'), hours('America/Sao_Paulo', '2026-12-01T00:00:00Z')],
      [-2, -3],
    );
    assert.equal(hours('Asia/Kathmandu', '2026-01-01T00:00:00Z'), 5.75);
  });
});

describe('opening hours', () => {
  const office = opening('America/Sao_Paulo', ['Mon-Fri 08:00-18:00'], {
    extra: ['12-05 09:00-12:00'],
    holidays: ['12-25', '2027-02-09'],
  });

  it('are open from the first minute to the last, by the zone, and closed at the end', () => {
    assert.deepEqual(
      ['10:59:59', '11:00:00', '20:59:59', '21:00:00'].map((time) => isOpen(office, at(`2026-11-26T${time}Z`))),
      [false, true, true, false],
    );
  });

  it('are closed on holidays, of every year or of one, and open at extra hours', () => {
    assert.equal(isOpen(office, at('2026-12-25T13:00:00Z')), false);
    assert.equal(isOpen(office, at('2027-02-09T13:00:00Z')), false);
    assert.equal(isOpen(office, at('2028-02-09T13:00:00Z')), true);
    // A Saturday.
    assert.equal(isOpen(office, at('2026-12-05T13:00:00Z')), true);
    const both = opening('UTC', ['Mon-Sun 00:00-24:00'], { extra: ['12-25 10:00-11:00'], holidays: ['12-25'] });
    assert.deepEqual(
      [isOpen(both, at('2026-12-25T10:30:00Z')), isOpen(both, at('2026-12-25T11:30:00Z'))],
      [true, false],
    );
  });

  it('take days over the end of the week, several ranges, and 24:00 as an end', () => {
    const nights = opening('UTC', ['Fri-Mon 00:00-02:00, 22:00-24:00']);
    const open = (text: string) => isOpen(nights, at(text));
    assert.deepEqual(
      ['2026-11-27T23:59:59Z', '2026-11-30T01:00:00Z', '2026-12-01T01:00:00Z', '2026-11-29T12:00:00Z'].map(open),
      [true, true, false, false],
    );
  });

  it('begin again on the next working day, after a holiday, and at once where they are open', () => {
    assert.equal(iso(nextOpen([office], at('2026-11-26T15:00:00Z'))), '2026-11-26T15:00:00.000Z');
    assert.equal(iso(nextOpen([office], at('2026-11-27T21:00:00Z'))), '2026-11-30T11:00:00.000Z');
    assert.equal(iso(nextOpen([office], at('2026-12-24T22:00:00Z'))), '2026-12-28T11:00:00.000Z');
    assert.equal(iso(nextOpen([office], at('2026-12-05T00:00:00Z'))), '2026-12-05T12:00:00.000Z');
  });

  it('never begin where no day has any', () => {
    assert.equal(nextOpen([opening('UTC', [])], 0), null);
    const christmas = opening('UTC', [], { extra: ['12-25 10:00-11:00'] });
    assert.equal(iso(nextOpen([christmas], at('2026-12-25T11:00:00Z'))), '2027-12-25T10:00:00.000Z');
    // Nine to ten here is never ten to eleven there.
    const apart = [opening('UTC', ['Mon-Sun 09:00-10:00']), opening('Asia/Tokyo', ['Mon-Sun 09:00-10:00'])];
    assert.equal(nextOpen(apart, 0), null);
  });

  it('that begin at a time which is skipped begin with the change', () => {
    // 02:00 becomes 03:00 in New York on 2026-03-08.
    const early = opening('America/New_York', ['Sun 02:30-04:00']);
    assert.equal(iso(nextOpen([early], at('2026-03-08T05:00:00Z'))), '2026-03-08T07:00:00.000Z');
    const never = opening('America/New_York', ['Sun 02:15-02:45']);
    assert.equal(iso(nextOpen([never], at('2026-03-08T05:00:00Z'))), '2026-03-15T06:15:00.000Z');
  });

  it('that come twice are open twice', () => {
    // 02:00 becomes 01:00 in New York on 2026-11-01.
    const twice = opening('America/New_York', ['Sun 01:00-01:30']);
    assert.equal(iso(nextOpen([twice], at('2026-11-01T05:30:00Z'))), '2026-11-01T06:00:00.000Z');
    const across = opening('America/New_York', ['Sun 00:00-01:30']);
    assert.equal(iso(nextOpen([across], at('2026-11-01T05:45:00Z'))), '2026-11-01T06:00:00.000Z');
  });

  it('of several zones are those that are open in all of them', () => {
    const day = ['Mon-Sun 08:00-21:00'];
    const coasts = [opening('America/New_York', day), opening('America/Los_Angeles', day)];
    assert.equal(iso(nextOpen(coasts, at('2026-11-26T13:00:00Z'))), '2026-11-26T16:00:00.000Z');
    assert.equal(areOpen(coasts, at('2026-11-27T01:59:00Z')), true);
    assert.equal(iso(nextOpen(coasts, at('2026-11-27T02:00:00Z'))), '2026-11-27T16:00:00.000Z');
  });
});

describe('opening hours, whatever they are', () => {
  const minutes = fc.integer({ min: 0, max: 1439 });
  const clock = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const range = fc
    .tuple(minutes, minutes)
    .map(([a, b]) => `${clock(Math.min(a, b))}-${clock(Math.max(a, b) + (a === b ? 1 : 0))}`)
    .filter((text) => !text.endsWith('24:01'));
  const days = fc.constantFrom('Mon-Fri', 'Sat,Sun', 'Sun', 'Mon-Sun', 'Thu-Tue');
  const calendar = fc.array(fc.tuple(days, range), { minLength: 1, maxLength: 3 });
  /** Around the changes of the clocks of 2026, where faults are. */
  const changes = [
    '2026-02-15',
    '2026-03-08',
    '2026-03-22',
    '2026-03-29',
    '2026-04-05',
    '2026-09-27',
    '2026-10-25',
    '2026-11-01',
  ];
  const instants = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -DAY, max: DAY }))
    .map(([day, more]) => at(`${day}T03:00:00Z`) + more);

  it('begin at the first minute that is open in all zones, and at no later one', () => {
    const zones = fc.array(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 3 });
    let waits = 0;
    fc.assert(
      fc.property(calendar, zones, instants, (entries, names, from) => {
        const regular = entries.map(([when, times]) => `${when} ${times}`);
        const openings = names.map((zone) => opening(zone, regular));
        const found = nextOpen(openings, from);
        const limit = Math.min(found ?? Number.POSITIVE_INFINITY, from + 3 * DAY);
        if (found !== null) assert.ok(found >= from && areOpen(openings, found), iso(found) ?? '');
        if (found !== null && found > from) waits += 1;
        if (areOpen(openings, from)) assert.equal(found, from);
        for (let minute = Math.ceil(from / MINUTE) * MINUTE; minute < limit; minute += MINUTE) {
          assert.equal(areOpen(openings, minute), false, `open at ${iso(minute)} already, found ${iso(found)}`);
        }
      }),
      { numRuns: 150 },
    );
    assert.ok(waits > 30);
  });
});
