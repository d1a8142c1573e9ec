import { describeAudio } from './audio.ts';
import { loopback } from './loopback.ts';

describeAudio({ name: 'embedded', address: loopback(63), start: async () => ({ flags: [], stop: () => {} }) });
