/**
 * One press counts once, also when the peer sends it both in RTP and by INFO. A press heard on one channel swallows the
 * same key on the other for a while, and only once, so that `11` sent both ways is still `11`.
 */

export type KeyChannel = 'rtp' | 'info';

const sameKeyWindowMs = 500;
const maxRemembered = 32;

export class KeyPresses {
  #unmatched: Array<{ digit: string; channel: KeyChannel; at: number }> = [];

  /** @returns true if this is a press of its own */
  press(digit: string, channel: KeyChannel, at: number): boolean {
    this.#unmatched = this.#unmatched.filter((press) => at - press.at <= sameKeyWindowMs).slice(-maxRemembered);
    const twin = this.#unmatched.findIndex((press) => press.digit === digit && press.channel !== channel);
    if (twin >= 0) {
      this.#unmatched.splice(twin, 1);
      return false;
    }
    this.#unmatched.push({ digit, channel, at });
    return true;
  }
}
