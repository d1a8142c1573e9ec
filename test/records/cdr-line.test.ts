import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CSV_HEADER, cdrFields, cdrLine } from '../../lib/records/cdr-line.ts';
import { aRecord, NOON } from './cdr-sample.ts';

/** RFC 4180, as a spreadsheet reads it. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const sign = text[i]!;
    if (isQuoted && sign === '"' && text[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && sign === ',') {
      row.push(cell);
      cell = '';
    } else if (!isQuoted && sign === '\r' && text[i + 1] === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
      i += 1;
    } else cell += sign;
  }
  assert.deepEqual([row, cell, isQuoted], [[], '', false], 'the last row ends');
  return rows;
}

describe('a line of a call detail record', () => {
  it('is JSON with times in ISO 8601, and CSV with the same fields in the same order', () => {
    const cdr = aRecord('cb.1.0', { ringingAt: NOON + 100 });
    const json = JSON.parse(cdrLine(cdr, 'ndjson'));
    assert.deepEqual(json, cdrFields(cdr));
    assert.deepEqual(
      [json.startedAt, json.ringingAt, json.answeredAt],
      ['2026-11-26T12:00:00.000Z', '2026-11-26T12:00:00.100Z', null],
    );
    const [header, row] = csvRows(CSV_HEADER + cdrLine(cdr, 'csv'));
    assert.deepEqual(header, Object.keys(json));
    const text = (value: unknown) => (value === null ? '' : String(value).replace(/^\+/, "'+"));
    assert.deepEqual(row, Object.values(json).map(text));
  });

  it('shows a spreadsheet no formula, whatever a caller puts into his number', () => {
    const hostile = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n",;|\'aé0') }),
      fc.constantFrom('=HYPERLINK("http://a","b")', "+cmd|' /C calc'!A0", '-2+3', '@SUM(1)', '\t=1', '"=1"', '\r=1'),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (caller, reason, callId) => {
        const line = cdrLine(aRecord('cb.1.0', { caller, reason, callId }), 'csv');
        const rows = csvRows(line);
        assert.equal(rows.length, 1);
        assert.equal(rows[0]!.length, CSV_HEADER.split(',').length);
        for (const cell of rows[0]!) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
        for (const value of [caller, reason, callId]) {
          assert.ok(
            rows[0]!.some((cell) => cell === value || cell === `'${value}`),
            JSON.stringify(value),
          );
        }
      }),
    );
  });

  it('of JSON is one line, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (caller) => {
        const line = cdrLine(aRecord('cb.1.0', { caller }), 'ndjson');
        assert.equal(line.split('\n').length, 2);
        assert.equal(JSON.parse(line).caller, JSON.parse(JSON.stringify(caller)));
      }),
    );
  });
});
