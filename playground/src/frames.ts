/** One loop of animation frames for a view: draws when there is something new, and only while the view is shown. Knows nothing of it. */

export class Frames {
  #shown = false;
  #wanted = false;
  #draw: () => void;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  set shown(shown: boolean) {
    this.#shown = shown;
    if (shown) this.request();
  }

  /** Draws with the next frame. */
  request(): void {
    if (this.#wanted || !this.#shown) return;
    this.#wanted = true;
    requestAnimationFrame(() => {
      this.#wanted = false;
      if (this.#shown) this.#draw();
    });
  }
}
