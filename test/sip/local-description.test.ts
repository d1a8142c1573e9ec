import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isDescription, LocalDescription } from '../../lib/sip/message/local-description.ts';

const session = (origin: string, ...media: string[]) =>
  `${['v=0', `o=${origin}`, 's=-', 'c=IN IP4 192.0.2.9', 't=3 4', ...media].join('\r\n')}\r\n`;
const audio = 'm=audio 40000 RTP/AVP 8';
const video = 'm=video 40002 RTP/AVP 96';
const ours = (version: number, ...media: string[]) => session(`- 77 ${version} IN IP4 10.0.0.1`, ...media);
const theirs = (version: number, ...media: string[]) => session(`bob ${version} ${version} IN IP4 10.9.9.9`, ...media);

describe('sip: SDP of others in a session of ours', () => {
  let local: LocalDescription;
  beforeEach(() => {
    local = new LocalDescription();
    assert.equal(local.say(ours(1, audio)), ours(1, audio));
  });

  it('keeps our o=, and raises its version with a change alone (RFC 3264 8)', () => {
    assert.equal(local.sayOffer(theirs(9, audio, 'a=sendonly')), ours(2, audio, 'a=sendonly'));
    assert.equal(local.sayOffer(theirs(10, audio, 'a=sendonly')), ours(2, audio, 'a=sendonly'));
    assert.equal(local.sayAnswer(theirs(11, audio), ours(5, audio)), ours(3, audio));
    assert.equal(local.say(ours(2, audio, 'a=inactive')), ours(4, audio, 'a=inactive'));
  });

  it('has as many streams as before in an offer, and as many as were offered in an answer', () => {
    assert.equal(local.sayOffer(theirs(1, video, audio)), ours(2, video, audio));
    const refusedAudio = 'm=audio 0 RTP/AVP 8';
    assert.equal(local.sayOffer(theirs(1, video)), ours(3, video, refusedAudio));
    assert.equal(local.sayAnswer(theirs(1, video, 'a=x', audio, 'a=y'), theirs(1, video)), ours(4, video, 'a=x'));
    assert.equal(local.sayAnswer(theirs(1, video), theirs(1, video, audio)), ours(5, video, refusedAudio));
  });

  it('refuses every stream of an offer, with the times of the offer', () => {
    const refusal = local.sayNo(theirs(1, audio, 'a=z', video));
    assert.match(refusal, /^v=0\r\no=- 77 2 IN IP4 10\.0\.0\.1\r\ns=-\r\nc=IN IP4 10\.0\.0\.1\r\nt=3 4\r\n/);
    assert.match(refusal, /t=3 4\r\nm=audio 0 RTP\/AVP 8\r\nm=video 0 RTP\/AVP 96\r\n$/);
  });

  it('takes bare line feeds for line ends', () => {
    assert.equal(local.sayOffer(theirs(1, audio).replaceAll('\r\n', '\n')), ours(1, audio));
  });

  it('hands nothing on that is no SDP, has no stream, or is out of bounds', () => {
    assert.ok(isDescription(theirs(1, audio)));
    const refused = [
      '',
      'rubbish',
      theirs(1),
      theirs(1, 'm=audio'),
      theirs(1, audio, 'a=\0'),
      `x\r\n${theirs(1, audio)}`,
    ];
    const long = [theirs(1, audio, `a=${'x'.repeat(8000)}`), theirs(1, ...new Array(17).fill(audio))];
    const without = theirs(1, audio).replace(/^o=.*\r\n/m, '');
    const twice = theirs(1, 'o=x 1 1 IN IP4 1.2.3.4', audio);
    for (const text of [...refused, ...long, without, twice])
      assert.equal(isDescription(text), false, text.slice(0, 100));
  });

  it('does not fail on any text', () => {
    const line = fc.oneof(
      fc.constantFrom('v=0', 'o=', 'o=a b c', 'm=', 'm=audio 1 x 0', 't=', '\r', '\n'),
      fc.string(),
    );
    const text = fc.array(line).map((lines) => lines.join('\r\n'));
    fc.assert(
      fc.property(text, text, (one, other) => {
        isDescription(one);
        for (const said of [local.sayOffer(one), local.sayAnswer(one, other), local.sayNo(one)]) {
          assert.ok([...said.matchAll(/^o=/gm)].length <= one.split(/\r\n|\r|\n/).length);
        }
      }),
    );
  });
});
