/** RIFF WAVE, linear 16 bits, 8,000 a second. */

export const WAV_HEAD_BYTES = 44;
export const BYTES_PER_SAMPLE = 2;
export const SAMPLE_RATE = 8000;

export function wavHead(channels: 1 | 2, dataBytes: number): Buffer {
  const head = Buffer.alloc(WAV_HEAD_BYTES);
  const block = channels * BYTES_PER_SAMPLE;
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(Math.min(WAV_HEAD_BYTES - 8 + dataBytes, 0xffff_ffff), 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(SAMPLE_RATE, 24);
  head.writeUInt32LE(SAMPLE_RATE * block, 28);
  head.writeUInt16LE(block, 32);
  head.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(Math.min(dataBytes, 0xffff_ffff), 40);
  return head;
}
