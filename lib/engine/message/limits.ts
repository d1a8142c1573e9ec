/** Bounds on one message; whatever goes beyond them is refused. */
export type MessageLimits = {
  /** Start line, headers and body together. */
  maxMessageBytes: number;
  maxHeaderLines: number;
  /** One header line with its folds, and the start line. */
  maxHeaderLineBytes: number;
};

export const DEFAULT_LIMITS: MessageLimits = {
  maxMessageBytes: 65_536,
  maxHeaderLines: 256,
  maxHeaderLineBytes: 8_192,
};
