/** How this process keeps up with what is due. */
export interface Pace {
  /**
   * What was seen since the last look that was not null.
   * @returns null: too little to say anything
   */
  look(): { spanMs: number; lateMs: number } | null;
}
