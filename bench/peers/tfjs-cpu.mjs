/** TensorFlow.js on its cpu backend. */
import { on } from './tfjs.mjs';

export const { version, xor, predict, train } = await on('cpu');
