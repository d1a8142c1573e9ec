/** RFC 3261 25.1: `callid = word [ "@" word ]`. */
const CALL_ID = /^[\w\-.!%*+`'~()<>:\\"/[\]?{}]+(?:@[\w\-.!%*+`'~()<>:\\"/[\]?{}]+)?$/;
/**
 * A token (RFC 3261 25.1), and beyond it what deployed phones write into tags: the characters of a URI parameter and the `=`
 * of base64.
 */
const TAG = /^[\w\-.!%*+`'~[\]/:&$=]+$/;

/**
 * Whether the text may be a Call-ID. Call-IDs and tags name dialogs in the lines of the app protocol, so that what is none must
 * not get there.
 */
export function isCallId(text: string): boolean {
  return CALL_ID.test(text);
}

/** Whether the text may be the tag of a From or To. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}
