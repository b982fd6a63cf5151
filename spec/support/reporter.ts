import Mocha from 'mocha';

/** mocha's `spec` output, and at the very end one plain line with the counts, for whoever reads the end of a CI log. */
class Reporter extends Mocha.reporters.Spec {
  override epilogue(): void {
    super.epilogue();
    const { passes, failures } = this.stats;
    Mocha.reporters.Base.consoleLog(`${passes} passed, ${failures} failed`);
  }
}

// mocha loads reporters with require().
export { Reporter as 'module.exports' };
