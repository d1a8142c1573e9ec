export const NUMBER_FORMATS = ['asReceived', 'e164', 'e164NoPlus', 'national'] as const;
