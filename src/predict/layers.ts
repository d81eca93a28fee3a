/** Layers read from a file as far as prediction needs them; what only training looks at is taken as it is. Knows no ops. */
import { checkActivation } from '../activations.js';
import { checkBoolean, checkInteger, checkNumber } from '../check.js';
import { activationNames, type LayerForms } from '../layers.js';

const checkEpsilon = ({ epsilon }: { epsilon: number }): unknown => checkNumber('epsilon', epsilon, { above: 0 });

export const PREDICTED: LayerForms = {
  dense: {
    read: (saved) => {
      checkInteger('units', saved.units, 1, 1 << 24);
      checkBoolean('useBias', saved.useBias);
      checkActivation('activation', saved.activation, activationNames);
      return saved;
    },
  },
  activation: {
    read: (saved) => {
      checkActivation('activation', saved.activation, activationNames);
      return saved;
    },
  },
  dropout: { read: (saved) => saved },
  gaussianNoise: { read: (saved) => saved },
  layerNorm: {
    read: (saved) => {
      checkEpsilon(saved);
      return saved;
    },
  },
  batchNorm: {
    read: (saved) => {
      checkEpsilon(saved);
      return saved;
    },
  },
};
