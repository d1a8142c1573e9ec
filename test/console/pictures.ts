/** The pictures of the documentation: which one of a test's pictures each is. `make pictures` takes them anew. */

export interface Picture {
  /** As the test names it (`rig.shot`). */
  shot: string;
  /** In test/console, without its ending. */
  test: string;
}

/** By the name of the file in docs/pictures. */
export const PICTURES: Readonly<Record<string, Picture>> = {
  'console-dashboard-dark.png': { shot: 'dashboard-full', test: 'grid' },
  'console-grid.png': { shot: 'grid', test: 'grid' },
  'console-phone.png': { shot: 'grid-phone', test: 'grid' },
  'console-rules.png': { shot: 'rules', test: 'console' },
  'console-rule.png': { shot: 'rule-tried', test: 'console' },
  'console-ladder.png': { shot: 'ladder', test: 'console' },
  'console-decision.png': { shot: 'decision', test: 'callbacks' },
  'console-limits.png': { shot: 'limits-tested', test: 'operations' },
  'console-test-call.png': { shot: 'test-call-busy', test: 'operations' },
  'console-flow.png': { shot: 'flow', test: 'operations' },
  'console-flow-editor.png': { shot: 'flow-editor', test: 'flow-editor' },
  'console-flow-played.png': { shot: 'flow-played', test: 'flow-editor-plays' },
  'console-users.png': { shot: 'users', test: 'users' },
  'console-webhook.png': { shot: 'webhook', test: 'keys-and-webhooks' },
};
