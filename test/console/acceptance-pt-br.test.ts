import { ptBr } from '../../console/src/i18n/pt-br/index.ts';
import { describeAcceptance } from './acceptance.ts';

describe('the console in Portuguese, by hand', function () {
  this.timeout(90_000);
  describeAcceptance({
    language: 'pt-BR',
    texts: ptBr,
    address: '127.0.84.40',
    phones: '127.0.84.41',
    words: {
      rules: 'Regras de callback',
      noRules: 'Nenhuma regra ainda',
      turnOn: 'Ligar',
      callbackOf: (number) => `Callback para ${number}`,
      isOn: (number) => `O callback está ligado para ${number}`,
      add: 'Cadastrar',
      name: 'Nome',
      specific: 'Número específico',
      origins: 'Números de origem',
      trunk: 'Tronco',
      outgoingRule: 'Regra de saída',
      callerId: 'Caller ID',
      delay: 'Atraso (s)',
      next: 'Continua em',
      save: 'Salvar',
      heads: ['Callback', 'Nome', 'Sip Trunk', 'Regra de saída'],
      anyOrigin: 'Qualquer número de origem',
      noCallbacks: 'Nenhum callback ainda',
      callbackTo: (number) => `Callback para ${number}`,
      answered: 'A pessoa atendeu',
    },
  });
});
