/** Samples by their names: the list is shown before any of them is loaded. */
export const SAMPLE_NAMES = ['demo-menu', 'snooze', 'connect-me'] as const;
