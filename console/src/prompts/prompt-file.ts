/** What a file's name says of the recording in it: `Saudação final.wav` is `Saudação final`. */

const MOST_CHARACTERS = 100;

export function nameOfFile(file: Pick<File, 'name'>): string {
  const plain = file.name.replace(/\.[^.]*$/, '').normalize('NFC');
  const kept = plain.replace(/[^\p{L}\p{N}_. -]+/gu, '-').replace(/^[^\p{L}\p{N}_]+|[. -]+$/gu, '');
  return kept.slice(0, MOST_CHARACTERS);
}
