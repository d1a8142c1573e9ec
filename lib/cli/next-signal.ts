/** ^C under npm or make, and a wrapper that passes on what its whole group was sent, come twice at once: one wish. */
export const SAME_WISH_MS = 50;

/** @param after on the monotonic clock; signals before it are not listened to */
export function nextSignal(after = 0): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const heard = (signal: NodeJS.Signals) => {
      if (performance.now() < after) return;
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.off(name, heard);
      resolve(signal);
    };
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, heard);
  });
}
