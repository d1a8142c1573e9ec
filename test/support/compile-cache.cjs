// What node has compiled of the tests and of lib/ is kept for the next mocha: a run of all tests starts nearly a hundred.
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// An older Node has none, and does without.
enableCompileCache?.(join(__dirname, '../../node_modules/.cache/test'));
