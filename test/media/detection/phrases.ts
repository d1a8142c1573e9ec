/** Who says what in the samples of test/fixtures/amd; `speak.ts` has espeak-ng say it. */

export interface Phrase {
  /** File name without its ending. */
  name: string;
  who: 'human' | 'machine';
  voice: string;
  wordsPerMinute: number;
  text: string;
}

const human = (name: string, voice: string, text: string, wordsPerMinute = 160): Phrase => ({
  name: `human-${name}`,
  who: 'human',
  voice,
  wordsPerMinute,
  text,
});
const machine = (name: string, voice: string, text: string, wordsPerMinute = 165): Phrase => ({
  name: `machine-${name}`,
  who: 'machine',
  voice,
  wordsPerMinute,
  text,
});

export const PHRASES: readonly Phrase[] = [
  human('en-hello-1', 'en-us+m3', 'Hello?'),
  human('en-hello-2', 'en-gb+f2', 'Hello?', 140),
  human('en-hi', 'en-us+f4', 'Hi, this is Anna.'),
  human('en-yes', 'en-gb', 'Yes?'),
  human('en-speaking', 'en-us+m1', 'Anna speaking.'),
  human('en-business', 'en-gb+f3', 'Smith and Sons, good morning.', 175),
  human('en-business-long', 'en-gb+f2', 'Good morning, Smith and Sons, how can I help you?'),
  human('pt-alo-1', 'pt-br', 'Alô?'),
  human('pt-alo-2', 'pt-br+f2', 'Alô?', 140),
  human('pt-pois-nao', 'pt-br+m3', 'Pois não?'),
  human('pt-oi', 'pt-br+f4', 'Oi, quem fala?'),
  human('pt-business', 'pt-br+f3', 'Sapers, bom dia.'),
  human('pt-business-long', 'pt-br+f2', 'Clínica São José, bom dia, em que posso ajudar?'),
  human('es-diga', 'es', '¿Diga?'),
  human('es-bueno', 'es-419+f2', '¿Bueno?'),
  human('es-digame', 'es+f3', '¿Sí, dígame?'),
  human('es-hola', 'es-419+m3', 'Hola, ¿quién habla?'),
  human('es-business', 'es+f2', 'Taller García, buenos días.', 175),
  machine(
    'en-voicemail',
    'en-us+m3',
    'Hi, you have reached the voicemail of John. Please leave a message after the tone.',
  ),
  machine(
    'en-cant-answer',
    'en-gb+f2',
    "Hello. I can't take your call right now. Leave your name and number after the beep.",
  ),
  machine('en-network', 'en-us+f3', 'The person you are calling is not available. Please leave a message.'),
  machine('en-short', 'en-us+m1', 'Leave a message.'),
  machine('pt-caixa-postal', 'pt-br', 'Sua chamada está sendo encaminhada para a caixa postal.'),
  machine('pt-recado', 'pt-br+f2', 'Você ligou para Maria. Não posso atender agora, deixe seu recado após o sinal.'),
  machine('pt-rede', 'pt-br+f3', 'O número chamado está desligado ou fora da área de cobertura.'),
  machine(
    'es-disponible',
    'es-419+f2',
    'El número que usted marcó no está disponible. Deje su mensaje después del tono.',
  ),
  machine('es-llamado', 'es+m3', 'Hola, has llamado a Carlos. Ahora no puedo atenderte, deja tu mensaje.'),
  machine('es-buzon', 'es', 'Este es el buzón de voz. Grabe su mensaje después de la señal.'),
];
