// Mocha's spec reporter, closed by one line that any tool can read: `N passed, N failed`. Of a batch (test/batches) the
// counts are told to the process that runs it, which adds them up.
const { relative } = require('node:path');
const { reporters } = require('mocha');

const sayWhatIsOpen = () => process.stderr.write(`Still open: ${process.getActiveResourcesInfo().join(', ')}\n`);

/** Whoever runs the batch is gone, or waits no longer: what the tests have started ends at the exit. */
function endsWithItsRunner() {
  process.once('disconnect', () => process.exit(1));
  process.channel.unref();
}

module.exports = class CountingReporter extends reporters.Spec {
  #took = {};
  #failed = [];
  #isBatch;

  constructor(runner, options) {
    super(runner, options);
    this.#isBatch = options.reporterOptions?.batch === true;
    if (this.#isBatch) endsWithItsRunner();
    let last = performance.now();
    const took = ({ file }) => {
      const now = performance.now();
      const name = file ? relative(process.cwd(), file) : 'outside of files';
      this.#took[name] = (this.#took[name] ?? 0) + now - last;
      last = now;
    };
    runner.on('start', () => {
      last = performance.now();
    });
    runner.on('test end', took);
    runner.on('suite end', took);
    runner.on('fail', (test, error) =>
      this.#failed.push(`${test.fullTitle()}: ${String(error.message).split('\n')[0]}`),
    );
  }

  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    if (this.#isBatch) {
      process.send({ passes, failures, pending, failed: this.#failed, took: this.#took });
      setTimeout(sayWhatIsOpen, 5_000).unref();
    } else process.stdout.write(`${passes} passed, ${failures} failed${pending ? `, ${pending} skipped` : ''}\n`);
  }
};
