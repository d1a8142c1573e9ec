export function isEmergencyOrShort(_dialString: string, _country: string): boolean {
  throw new Error('not written yet');
}
