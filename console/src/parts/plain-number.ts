/** The digits of a number that people write with signs between them, `(48) 99199-6260`: as a phone would send it. */
export const plainNumber = (text: string): string => text.replace(/[\s().\-/]/g, '');
