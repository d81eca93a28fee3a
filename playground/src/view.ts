/** What main.ts asks of a tab. */

export interface View {
  /** Shown, with what the URL says. `fresh`: the URL was given from outside, and not by the view itself. */
  show(parameters: URLSearchParams, fresh: boolean): void;
  hide(): void;
  /** What the URL has to say to come back here. */
  parameters(): URLSearchParams;
}

/** Whether something may begin to move by itself. */
export const mayMove = (): boolean => !matchMedia('(prefers-reduced-motion: reduce)').matches;
