/** Holds a loop back to so many turns a second. Knows nothing of what the turns are. */

/** Longest time that is caught up with after a pause, in seconds. */
const LAG = 0.1;
/** How often to look, in milliseconds. */
const LOOK = 4;

/** Turns that are waited for; 0 a second: none is. */
export class Metronome {
  perSecond = 0;
  #credit = 0;
  #before = performance.now();

  /** Waits for its turn, or until it is no longer wanted. */
  async turn(unwanted: () => boolean): Promise<void> {
    while (this.perSecond > 0 && !unwanted()) {
      const now = performance.now();
      this.#credit = Math.min(this.#credit + ((now - this.#before) / 1000) * this.perSecond, Math.max(1, LAG * this.perSecond));
      this.#before = now;
      if (this.#credit >= 1) {
        this.#credit--;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }
}
