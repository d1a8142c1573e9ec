import assert from 'node:assert/strict';
import { csvCell, csvOf } from '../../console/src/callbacks/csv.ts';

describe('the CSV of the console', () => {
  it('holds nothing that a spreadsheet would run', () => {
    for (const hostile of ['=cmd|/c calc!A1', '@SUM(A1)', '-2+3+cmd', '+1 OR 1', '\t=1', '\r=1', '\n=1', ' =1', '＝1'])
      assert.match(csvCell(hostile), /^"?'/, JSON.stringify(hostile));
  });

  it('holds nothing that one would run who parts cells by semicolons', () => {
    assert.equal(csvCell('Ana;=HYPERLINK("x");+5548;-1+2'), `"Ana;'=HYPERLINK(""x"");+5548;'-1+2"`);
  });

  it('leaves numbers as they are', () => {
    assert.equal(csvCell('+5548991996260'), '+5548991996260');
    assert.equal(csvCell(-3), '-3');
  });

  it('quotes what would end a field or a line', () => {
    const text = csvOf(['name', 'number'], [{ name: 'Ana "A", Souza\nx', number: null }]);
    assert.equal(text, '\uFEFFname,number\r\n"Ana ""A"", Souza\nx",\r\n');
  });
});
