/** Phone numbers for logs at `info` and above: enough to recognise, not enough to dial. */

/** Runs of digits of five and more keep their last three: `+554831210110` becomes `+…110`. */
export function redact(text: string): string {
  return text.slice(0, 256).replace(/\d(?:[ ().-]{0,2}\d){4,}/g, (run) => `…${run.replace(/\D/g, '').slice(-3)}`);
}
