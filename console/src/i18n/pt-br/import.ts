export const csvImport = {
  button: 'Importar CSV',
  file: 'Arquivo CSV',
  choose: 'Escolha um arquivo',
  lines: 'Linha por linha',
  line: 'Linha',
  fate: 'O que acontece',
  what: 'Qual',
  details: 'O que muda, ou por que não',
  more_one: 'e mais {{count}} linha',
  more_other: 'e mais {{count}} linhas',
  one: { created: 'novo', changed: 'mudado', unchanged: 'fica', refused: 'recusado' },
  many: {
    created: '{{count}} novos',
    changed: '{{count}} mudados',
    unchanged: '{{count}} ficam como estão',
    refused: '{{count}} recusados',
  },
  allOrNothing: 'Um arquivo assim é aceito inteiro ou não é aceito: corrija antes estas linhas.',
  apply_one: 'Aceitar {{count}} linha',
  apply_other: 'Aceitar {{count}} linhas',
  due: 'previsto para {{time}}',
  stands: 'já existe um callback desta pessoa, e ele mantém a sua hora',
  title: {
    callbacks: 'Importar callbacks',
    'callback-rules': 'Importar regras de callback',
    'inbound-numbers': 'Importar números de entrada',
  },
  text: {
    callbacks:
      'A primeira linha nomeia as colunas: rule, number, dueAt (2026-11-27T14:30:00-03:00; vazio: como diz a regra). Cada linha é pedida por si; nada acontece antes de você ver o que aconteceria.',
    'callback-rules':
      'Colunas como no arquivo exportado. Uma regra de mesmo nome é substituída. Nada acontece antes de você ver o que aconteceria.',
    'inbound-numbers':
      'Colunas: number, callback (true ou false), flow. O mesmo número é substituído. Nada acontece antes de você ver o que aconteceria.',
  },
};
