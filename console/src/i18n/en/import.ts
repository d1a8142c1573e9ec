export const csvImport = {
  button: 'Import CSV',
  file: 'CSV file',
  choose: 'Choose a file',
  lines: 'Line by line',
  line: 'Line',
  fate: 'What happens',
  what: 'Which one',
  details: 'What changes, or why not',
  more_one: 'and {{count}} more line',
  more_other: 'and {{count}} more lines',
  one: { created: 'new', changed: 'changed', unchanged: 'stays', refused: 'refused' },
  many: {
    created: '{{count}} new',
    changed: '{{count}} changed',
    unchanged: '{{count}} stay as they are',
    refused: '{{count}} refused',
  },
  allOrNothing: 'Such a file is taken as a whole or not at all: mend these lines first.',
  apply_one: 'Take {{count}} line',
  apply_other: 'Take {{count}} lines',
  due: 'due {{time}}',
  stands: 'a callback of this person stands already, and keeps its time',
  title: {
    callbacks: 'Import callbacks',
    'callback-rules': 'Import callback rules',
    'inbound-numbers': 'Import inbound numbers',
  },
  text: {
    callbacks:
      'The first line names the columns: rule, number, dueAt (2026-11-27T14:30:00-03:00; left empty: as the rule says). Each line is asked for by itself; nothing happens before you have seen what would.',
    'callback-rules':
      'Columns as in the exported file. A rule of the same name is replaced. Nothing happens before you have seen what would.',
    'inbound-numbers':
      'Columns: number, callback (true or false), flow. The same number is replaced. Nothing happens before you have seen what would.',
  },
};
