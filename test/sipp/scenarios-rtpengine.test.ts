import { caseNames, readCase } from './scenario-case.ts';
import { playedCases } from './scenarios.ts';

/** What has to do with media: each component of a flow, keys and their timers, bridges. All: make sipp MEDIA=rtpengine. */
const FOLDERS = [
  'callback-refused-leads-on',
  'collect',
  'collect-reads-back',
  'collect-timers',
  'dial-in-order',
  'dial-longest-talk',
  'dial-several',
  'dial-whisper-and-confirm',
  'digit-by-rfc4733',
  'first-digit-timer',
  'hangup-unanswered',
  'hold-and-resume',
  'hours',
  'inter-digit-timer-of-the-menu',
  'key-by-rtp-and-info',
  'key-during-the-prompt',
  'keys-during-the-prompt-are-kept-in-order',
  'menu-asks-again',
  'menu-from-the-start',
  'offered-by-a-flow',
  'record-nothing-said',
  'record-until-a-key',
  'record-until-silent',
  'refer-by-a-flow',
  'release-media',
  'screen',
  'screen-machine',
  'set-and-language',
  'switch-by-caller',
  'type-ahead',
  'webhook-dead',
];

function casesOf(folder: string): string[] {
  const names = caseNames().filter((name) => name.split('/')[0] === folder);
  if (names.length === 0) throw new Error(`there is no case ${folder}`);
  return names.filter((name) => !readCase(name).long && readCase(name).embeddedMedia === null);
}

playedCases('the SIPp scenarios, media by rtpengine', FOLDERS.flatMap(casesOf), 'rtpengine');
