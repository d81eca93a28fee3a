/** CSV texts as columns, and what texts are found to look like. */
import { describe, expect, it } from 'vitest';
import { detectFormat, parseTable } from '../../src/tabular.js';

describe('parseTable', () => {
  const cases: readonly (readonly [what: string, text: string, columns: Record<string, string[]>])[] = [
    ['commas', 'a,b\n1,x\n2,y\n', { a: ['1', '2'], b: ['x', 'y'] }],
    ['semicolons', 'a;b\n1;x\n2;y\n', { a: ['1', '2'], b: ['x', 'y'] }],
    ['tabs', 'a\tb\n1\tx, y\n', { a: ['1'], b: ['x, y'] }],
    ['bars', 'a|b\n1|x\n', { a: ['1'], b: ['x'] }],
    ['a byte order mark', '\ufeffa,b\n1,x\n', { a: ['1'], b: ['x'] }],
    ['a byte order mark before a quote', '\ufeff"a",b\n1,x\n', { a: ['1'], b: ['x'] }],
    ['line ends of Windows', 'a,b\r\n1,x\r\n', { a: ['1'], b: ['x'] }],
    ['line ends of several kinds', 'a,b\r\n1,x\n2,y\r3,z', { a: ['1', '2', '3'], b: ['x', 'y', 'z'] }],
    ['separators in quotes', 'a,b\n"1,5 km","x,""y"""\n', { a: ['1,5 km'], b: ['x,"y"'] }],
    ['line ends in quotes', 'a,b\n1,"x\ny"\n', { a: ['1'], b: ['x\ny'] }],
    ['empty lines', 'a,b\n\n1,x\n\n', { a: ['1'], b: ['x'] }],
    ['empty cells', 'a,b\n,x\n1,\n', { a: ['', '1'], b: ['x', ''] }],
    ['one column', 'a\n1\n2\n', { a: ['1', '2'] }],
    ['names without text', 'a,,b\n1,2,3\n', { a: ['1'], column2: ['2'], b: ['3'] }],
    ['spaces around names, and in cells', ' a , b\n x , y\n', { a: [' x '], b: [' y'] }],
    ['a header alone', 'a,b\n', { a: [], b: [] }],
    ['decimal commas', 'a;b\n1,5;-2,25\n3;,5\n', { a: ['1.5', '3'], b: ['-2.25', '.5'] }],
    ['decimal commas with thousands', 'a;b\n1.234.567,5;1.000\n', { a: ['1234567.5'], b: ['1000'] }],
    ['decimal points beside semicolons', 'a;b\n1.5;x,y\n', { a: ['1.5'], b: ['x,y'] }],
    ['points of both kinds', 'a;b\n1.5;2,5\n', { a: ['1.5'], b: ['2,5'] }],
    ['thousands in quotes', 'a,b\n"1,234",x\n"12,345.5",y\n', { a: ['1234', '12345.5'], b: ['x', 'y'] }],
    ['texts that are no numbers', 'a;b\n1,5,2;1,5 km\n2,5;x\n', { a: ['1,5,2', '2.5'], b: ['1,5 km', 'x'] }],
    [
      'names that objects have',
      '__proto__,constructor\n1,2\n',
      Object.fromEntries([
        ['__proto__', ['1']],
        ['constructor', ['2']],
      ]),
    ],
  ];

  it.each(cases)('reads %s', (_, text, columns) => {
    const parsed = parseTable(text);
    expect(Object.entries(parsed)).toEqual(Object.entries(columns));
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  it('reads as told', () => {
    expect(parseTable('a;b,c\n1,5;2', { separator: ',' })).toEqual({ 'a;b': ['1'], c: ['5;2'] });
    expect(parseTable('a,b\n"1,5","2"', { decimal: ',' })).toEqual({ a: ['1.5'], b: ['2'] });
    expect(parseTable('a;b\n1,5;x', { decimal: '.' })).toEqual({ a: ['1,5'], b: ['x'] });
    expect(parseTable('1,2\n3,4', { header: false })).toEqual({ column1: ['1', '3'], column2: ['2', '4'] });
  });

  it.each([
    [
      'a,b\n1,2,3\n',
      "parseTable: expected 2 cells in each line, got 3 in record 2; a cell that holds the separator ',' must stand in quotes",
    ],
    ['a,b\n1,2\n3\n', 'parseTable: expected 2 cells in each line, got 1 in record 3'],
    ['a,b\n1,"2\n3,4\n', 'parseTable: expected quotes to come in pairs'],
    ['a,b,a\n1,2,3\n', "parseTable: expected names that differ, but columns 1 and 3 are both 'a'"],
    ['', 'parseTable: expected a line or more, got an empty text'],
  ])('refuses %j', (text, message) => {
    expect(() => parseTable(text)).toThrow(RangeError);
    expect(() => parseTable(text)).toThrow(message);
  });

  it.each([
    [{ separator: ', ' }, RangeError, "parseTable: separator: expected one character that is no quote, got ', '"],
    [{ separator: '"' }, RangeError, 'parseTable: separator'],
    [{ decimal: ';' }, RangeError, "parseTable: decimal: expected '.' or ',', got ';'"],
    [{ header: 1 }, TypeError, 'parseTable: header: expected true or false, got 1'],
    [{ delimiter: ';' }, TypeError, "parseTable: unknown option 'delimiter'"],
  ])('refuses %j', (options, kind, message) => {
    expect(() => parseTable('a,b\n1,2', options as never)).toThrow(kind);
    expect(() => parseTable('a,b\n1,2', options as never)).toThrow(message);
  });

  it('refuses what is no text', () => {
    expect(() => parseTable(new Uint8Array(3) as never)).toThrow(
      new TypeError('parseTable: expected the text of a table, got a Uint8Array'),
    );
  });
});

describe('detectFormat', () => {
  it.each([
    ['a;b\n1,5;2\n', ';', ','],
    ['a;b\n1.5;2\n', ';', '.'],
    ['a,b\n1.5,2\n', ',', '.'],
    ['1,5;2,5\n3,5;4,5\n', ';', ','],
    ['a\n1\n', ',', '.'],
  ])('%j', (text, separator, decimal) => {
    expect(detectFormat(text)).toEqual({ separator, decimal });
  });

  it('looks at whole lines at the beginning of a long text', () => {
    const lines = Array.from({ length: 20_000 }, (_, row) => `${row},5;"text; ${row}"`);
    expect(detectFormat(['a;b', ...lines].join('\n'))).toEqual({ separator: ';', decimal: ',' });
  });
});
