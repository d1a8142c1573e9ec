import { es } from '../../console/src/i18n/es/index.ts';
import { describeAcceptance } from './acceptance.ts';

describe('the console in Spanish, by hand', function () {
  this.timeout(90_000);
  describeAcceptance({
    language: 'es',
    texts: es,
    address: '127.0.32.10',
    phones: '127.0.32.11',
    words: {
      rules: 'Reglas de callback',
      noRules: 'Todavía no hay reglas',
      turnOn: 'Activarlo',
      callbackOf: (number) => `Callback para ${number}`,
      isOn: (number) => `El callback está activado para ${number}`,
      add: 'Añadir regla',
      name: 'Nombre',
      specific: 'Número concreto',
      origins: 'Números de origen',
      trunk: 'Troncal',
      outgoingRule: 'Regla de salida',
      callerId: 'Identificador de llamada',
      delay: 'Retardo (s)',
      next: 'Sigue en',
      save: 'Guardar',
      heads: ['Callback', 'Nombre', 'Troncal SIP', 'Regla de salida'],
      anyOrigin: 'Cualquier número de origen',
      noCallbacks: 'Todavía no hay callbacks',
      callbackTo: (number) => `Callback a ${number}`,
      answered: 'La persona contestó',
    },
  });
});
