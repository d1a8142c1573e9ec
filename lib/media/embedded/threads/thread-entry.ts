/** A thread that has the RTP of endpoints; MediaThread starts it and tells it what to do. */

import { parentPort, workerData } from 'node:worker_threads';
import { systemTimeSince } from '../time-source.ts';
import type { MediaThreadData, ToMediaThread } from './messages.ts';
import { SessionRoom, type Tell } from './session-room.ts';

const port = parentPort;
if (port === null) throw new Error('this module runs in a worker thread');

const tell: Tell = (message, transfer = []) => port.postMessage(message, transfer);
const room = new SessionRoom(systemTimeSince((workerData as MediaThreadData).timeStartMs), tell);

port.on('message', (message: ToMediaThread) => {
  room.take(message);
  if (message.type === 'stop') port.close();
});
tell({ type: 'ready' });
