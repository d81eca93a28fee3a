/** TensorFlow.js on its wasm backend. */
import { on } from './tfjs.mjs';

export const { version, xor, predict, train } = await on('wasm');
