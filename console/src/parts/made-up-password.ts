const PASSWORD_LENGTH = 20;
/** Without letters that look alike. */
const ALPHABET = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Each letter is as likely as any other: bytes beyond the last whole run of the alphabet are thrown away. */
export function madeUpPassword(): string {
  const letters: string[] = [];
  while (letters.length < PASSWORD_LENGTH)
    for (const byte of crypto.getRandomValues(new Uint8Array(64)))
      if (byte < Math.floor(256 / ALPHABET.length) * ALPHABET.length && letters.length < PASSWORD_LENGTH)
        letters.push(ALPHABET[byte % ALPHABET.length]!);
  return letters.join('');
}
