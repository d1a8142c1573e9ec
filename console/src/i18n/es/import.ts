export const csvImport = {
  button: 'Importar CSV',
  file: 'Archivo CSV',
  choose: 'Elija un archivo',
  lines: 'Línea por línea',
  line: 'Línea',
  fate: 'Qué pasa',
  what: 'Cuál',
  details: 'Qué cambia, o por qué no',
  more_one: 'y {{count}} línea más',
  more_other: 'y {{count}} líneas más',
  one: { created: 'nuevo', changed: 'cambiado', unchanged: 'queda', refused: 'rechazado' },
  many: {
    created: '{{count}} nuevos',
    changed: '{{count}} cambiados',
    unchanged: '{{count}} quedan como están',
    refused: '{{count}} rechazados',
  },
  allOrNothing: 'Un archivo así se acepta entero o no se acepta: corrija antes estas líneas.',
  apply_one: 'Aceptar {{count}} línea',
  apply_other: 'Aceptar {{count}} líneas',
  due: 'previsto para {{time}}',
  stands: 'ya hay un callback de esta persona, y conserva su hora',
  title: {
    callbacks: 'Importar callbacks',
    'callback-rules': 'Importar reglas de callback',
    'inbound-numbers': 'Importar números entrantes',
  },
  text: {
    callbacks:
      'La primera línea nombra las columnas: rule, number, dueAt (2026-11-27T14:30:00-03:00; vacío: como dice la regla). Cada línea se pide por sí sola; nada ocurre antes de que vea lo que ocurriría.',
    'callback-rules':
      'Columnas como en el archivo exportado. Una regla del mismo nombre se reemplaza. Nada ocurre antes de que vea lo que ocurriría.',
    'inbound-numbers':
      'Columnas: number, callback (true o false), flow. El mismo número se reemplaza. Nada ocurre antes de que vea lo que ocurriría.',
  },
};
