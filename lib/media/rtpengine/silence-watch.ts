/** Whether RTP still comes from a peer: rtpengine counts its packets, and we look at the count now and then. */

export class SilenceWatch {
  #packets = -1;
  #heardAtMs = performance.now();

  /** Its time begins anew. */
  reset(): void {
    this.#heardAtMs = performance.now();
  }

  /**
   * @param packets that have come so far
   * @returns true when none has come for so long; the time then begins anew
   */
  isSilent(packets: number, { isExpected, timeoutMs }: { isExpected: boolean; timeoutMs: number }): boolean {
    const nowMs = performance.now();
    const isSilent = packets === this.#packets && isExpected && nowMs - this.#heardAtMs >= timeoutMs;
    if (isSilent || packets !== this.#packets || !isExpected) this.#heardAtMs = nowMs;
    this.#packets = packets;
    return isSilent;
  }
}
