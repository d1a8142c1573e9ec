import { Rtpengine } from '../support/rtpengine.ts';
import { describeAudio } from './audio.ts';

const address = '127.0.61.80';
const dtmfLog = `${address}:22333`;

describeAudio({
  name: 'rtpengine',
  address,
  start: async () => {
    const rtpengine = await Rtpengine.start({ address, dtmfLog });
    const { host, port } = rtpengine.server;
    const flags = ['--media', 'rtpengine', '--rtpengine', `${host}:${port}`, '--rtpengine-dtmf', dtmfLog];
    return { flags, stop: () => rtpengine.stop() };
  },
});
