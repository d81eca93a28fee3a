/** What the page and its workers tell each other. Types alone. */
import type { Points } from './points/problems.js';
import type { Settings } from './settings.js';

/** How long training goes on: epochs in all, and epochs a second, 0 for as many as there can be. */
export interface Pace {
  readonly epochs: number;
  readonly perSecond: number;
}

export type FileFormat = 'native' | 'onnx';

/** Where a fit runs, as `network.runtime` tells it. */
export interface RunsOn {
  readonly binary: string;
  readonly threads: number;
  readonly reason?: string;
}

export type ToPoints =
  | { readonly kind: 'make'; readonly id: number; readonly settings: Settings; readonly points: Points; readonly test: Points | undefined }
  /** Other points for the network that is there. */
  | { readonly kind: 'points'; readonly id: number; readonly points: Points; readonly test: Points | undefined }
  | { readonly kind: 'run'; readonly pace: Pace }
  | { readonly kind: 'pace'; readonly pace: Pace }
  | { readonly kind: 'pause' }
  /** The page has drawn and wants the next picture. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'save'; readonly format: FileFormat };

/** Losses of the epochs since the last message, one number an epoch. */
export interface Losses {
  readonly loss: Float32Array<ArrayBuffer>;
  readonly valLoss: Float32Array<ArrayBuffer>;
}

export interface PointsFrame extends Losses {
  readonly kind: 'frame';
  /** Of the `make` or `points` that it belongs to. */
  readonly id: number;
  /** Whole epochs so far. */
  readonly epoch: number;
  /** Share of test points on the right side. */
  readonly accuracy: number | undefined;
  /** The output on a grid of SURFACE × SURFACE, rows from the top. */
  readonly surface: Float32Array<ArrayBuffer>;
  /** For each layer units × UNIT × UNIT outputs; undefined when only the surface was wanted. */
  readonly units: readonly Float32Array<ArrayBuffer>[] | undefined;
  /** Kernels [inputs, units] of the layers. */
  readonly kernels: readonly Float32Array<ArrayBuffer>[] | undefined;
  readonly runtime: RunsOn;
}

export interface Stopped {
  readonly kind: 'stopped';
  /** Why; an error has a text of its own. */
  readonly why: 'paused' | 'done' | 'error';
  readonly message?: string;
}

export interface SavedFile {
  readonly kind: 'file';
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Failed {
  readonly kind: 'failed';
  readonly message: string;
}

export type FromPoints = PointsFrame | Stopped | SavedFile | Failed;

export type ToDigits =
  | { readonly kind: 'load'; readonly url: string }
  | { readonly kind: 'make'; readonly id: number; readonly settings: Settings }
  | { readonly kind: 'run'; readonly epochs: number }
  | { readonly kind: 'pause' }
  | { readonly kind: 'tick' }
  /** 784 grey values, 0 to 255; answered by `guess`. */
  | { readonly kind: 'guess'; readonly pixels: Uint8Array<ArrayBuffer> }
  /** A test image to look at. */
  | { readonly kind: 'sample' }
  | { readonly kind: 'save'; readonly format: FileFormat };

/** A test image and what the network takes it for. */
export interface Mistake {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly label: number;
  readonly guess: number;
}

export interface DigitsFrame extends Losses {
  readonly kind: 'frame';
  readonly id: number;
  readonly epoch: number;
  /** Of the whole run, from 0 to 1. */
  readonly progress: number;
  readonly imagesPerSecond: number | undefined;
  /** Share of the test images that is recognised, after the last whole epoch. */
  readonly accuracy: number | undefined;
  /** The first ones of the test images that are taken for something else. */
  readonly mistakes: readonly Mistake[] | undefined;
  readonly runtime: RunsOn;
}

export type FromDigits =
  | DigitsFrame
  | Stopped
  | SavedFile
  | Failed
  | { readonly kind: 'loaded'; readonly train: number; readonly test: number }
  | { readonly kind: 'guess'; readonly probabilities: Float32Array<ArrayBuffer> }
  | { readonly kind: 'sample'; readonly pixels: Uint8Array<ArrayBuffer>; readonly label: number };

/** A table, as text or as a file to read it from. */
export interface TableSource {
  readonly name: string;
  readonly text: string | File;
}

export type ToTable =
  | { readonly kind: 'open'; readonly id: number; readonly source: TableSource }
  /** Trains anew. */
  | { readonly kind: 'train'; readonly id: number; readonly settings: Settings; readonly target: string }
  /** Holds training after the batch at hand; answered by `paused`. */
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Ends training, held or not; the best network so far is kept, and reported on. */
  | { readonly kind: 'finish' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'save'; readonly format: FileFormat };

export interface Opened {
  readonly kind: 'opened';
  readonly id: number;
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly string[];
  /** The first rows, as they are. */
  readonly preview: readonly (readonly string[])[];
}

export interface TableFrame extends Losses {
  readonly kind: 'frame';
  readonly id: number;
  readonly epoch: number;
}

/** A model, measured on rows that it was not trained on. */
export interface Trained {
  readonly kind: 'trained';
  readonly id: number;
  readonly runtime: RunsOn;
  readonly rows: number;
  readonly heldOut: number;
  /** What it is good at, by name, such as Accuracy: 97.3 %. */
  readonly scores: readonly (readonly [string, string])[];
  /** Kinds of the columns by name. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly report: string;
}

export type FromTable =
  | Opened
  | TableFrame
  | Trained
  | { readonly kind: 'paused'; readonly id: number; readonly epoch: number }
  | { readonly kind: 'progress'; readonly id: number; readonly text: string }
  | SavedFile
  | { readonly kind: 'failed'; readonly message: string; readonly id?: number };

/** Cells on a side of the picture of the output, and of a unit's. */
export const SURFACE = 100;
export const UNIT = 20;
