/** Types of browsers.mjs. */

interface Mouse {
  move(x: number, y: number, options?: { steps?: number }): Promise<void>;
  down(): Promise<void>;
  up(): Promise<void>;
  click(x: number, y: number): Promise<void>;
}

/** A page that can only be looked at. */
export interface Look {
  run(expression: string): Promise<unknown>;
  until(expression: string, seconds?: number): Promise<unknown>;
  close(): Promise<void>;
}

export interface Page extends Look {
  readonly problems: string[];
  readonly requests: string[];
  readonly mouse: Mouse;
  goto(url: string): Promise<unknown>;
  /** What WCAG 2.2 AA objects to, as axe-core finds it. */
  objections(): Promise<string[]>;
  click(selector: string): Promise<void>;
  focus(selector: string): Promise<void>;
  press(key: string): Promise<void>;
  down(key: string): Promise<void>;
  up(key: string): Promise<void>;
  text(selector: string): Promise<string>;
  screenshot(path: string, fullPage?: boolean): Promise<unknown>;
  select(selector: string, value: string): Promise<unknown>;
  tap?(x: number, y: number): Promise<void>;
  setFile(selector: string, path: string): Promise<void>;
}

/** Size in CSS pixels; the others only where the driver can. */
export interface OpenOptions {
  width?: number;
  height?: number;
  scale?: number;
  dark?: boolean;
  touch?: boolean;
  still?: boolean;
}

export interface Browser<P = Page> {
  readonly name: string;
  readonly version: string;
  open(url: string, options?: OpenOptions): Promise<P>;
  close(): Promise<void>;
}

/** Names, and what launches the browser; undefined where one that has to be there is not installed. */
export const WANTED: [name: string, launch: (() => Promise<Browser>) | undefined][];
export const launchWebKit: (() => Promise<Browser<Look>>) | undefined;
