/** As the API shows a password: that there is one. */
const MASK = '********';

/** Whether there is a password in it that was never shown: the thing can't be made again out of what is known of it. */
export function hasMaskedSecret(value: unknown): boolean {
  if (value === MASK) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasMaskedSecret);
}
