/** A number, kept twice: octet for octet as received, and as E.164 (`+5548…`) where it can be read. */
export interface PhoneNumber {
  received: string;
  e164: string | null;
}
