/** Two copies of the package in one program (ESM and CommonJS, two bundles): what one makes, the other takes. */
import { describe, expect, it, vi } from 'vitest';
import { dense, GradletError, gradientCheck, Network } from '../../src/index.js';
import { coreOf } from '../../src/network.js';
import { Network as Predictor } from '../../src/predict.js';
import { bits, smallData, smallNetwork } from './support.js';

vi.resetModules();
const other = await import('../../src/index.js');
const otherPredict = await import('../../src/predict.js');

const { x, y } = smallData();
const options = { loss: 'meanSquaredError' } as const;

describe('another copy of the package', () => {
  it('is another one', () => {
    expect(other.Network).not.toBe(Network);
    expect(other.GradletError).not.toBe(GradletError);
  });

  it('knows networks by instanceof', () => {
    expect(smallNetwork({})).toBeInstanceOf(other.Network);
    expect(new other.Network({ inputs: 1, layers: [dense(1)] })).toBeInstanceOf(Network);
    for (const none of [{}, null, undefined, 1, Object.create(null)]) expect(none instanceof Network).toBe(false);
  });

  it('tells networks that train from those that only predict', () => {
    const predictor = Predictor.load(smallNetwork({}).save());
    expect(predictor).toBeInstanceOf(otherPredict.Network);
    expect(smallNetwork({})).toBeInstanceOf(Predictor);
    expect(predictor).not.toBeInstanceOf(Network);
  });

  it('leaves derived classes to the usual rule', () => {
    class Mine extends Network {}
    class MyError extends GradletError {}
    expect(new Mine({ inputs: 1, layers: [dense(1)] })).toBeInstanceOf(Mine);
    expect(new Mine({ inputs: 1, layers: [dense(1)] })).toBeInstanceOf(other.Network);
    expect(smallNetwork({})).not.toBeInstanceOf(Mine);
    expect(new MyError('ERR_BUSY', '')).toBeInstanceOf(MyError);
    expect(new GradletError('ERR_BUSY', '')).not.toBeInstanceOf(MyError);
  });

  it('knows errors by instanceof', () => {
    expect(new GradletError('ERR_BUSY', 'x')).toBeInstanceOf(other.GradletError);
    expect(new other.GradletError('ERR_BUSY', 'x')).toBeInstanceOf(GradletError);
    for (const none of [new Error('x'), {}, null, 'x']) expect(none instanceof GradletError).toBe(false);
  });

  it('works on networks of this one', () => {
    const network = smallNetwork({});
    expect(other.gradientCheck(network as never, x, y, options)).toEqual(gradientCheck(network, x, y, options));
    expect(() => gradientCheck({} as never, x, y, options)).toThrow('gradientCheck: expected a Network, got an object (Object)');
  });

  it('makes a full core for networks that only predict', () => {
    const network = smallNetwork({});
    const predictor = Predictor.load(network.save());
    expect(gradientCheck(predictor as never, x, y, options)).toEqual(gradientCheck(network, x, y, options));
    expect(coreOf('test', predictor)).toBe(coreOf('test', predictor));
    expect(bits(coreOf('test', predictor).read(coreOf('test', predictor).map.slots[0]))).toEqual(bits(network.getWeights()[0].data));
  });

  it('of another version is refused', () => {
    const foreign = {};
    Object.defineProperty(foreign, Symbol.for('gradlet.network'), { value: { version: '0.0.0' } });
    expect(() => gradientCheck(foreign as never, x, y, options)).toThrow('got one of gradlet 0.0.0; hand it over by save and load');
  });
});
