/**
 * What a mutation may be: one place of one line, changed. A table of operators for the core's kernels and one for the
 * TypeScript around them; a new operator is one row. Knows neither files nor tests.
 */

/** A swap of two words, either way. */
const swap = (name, a, b) => [
  { name: `${name}: ${a} to ${b}`, find: new RegExp(`(?<![\\w.])${literal(a)}(?!\\w)`, 'g'), put: b },
  { name: `${name}: ${b} to ${a}`, find: new RegExp(`(?<![\\w.])${literal(b)}(?!\\w)`, 'g'), put: a },
];

function literal(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** An instruction of four lanes with two arguments, as far as a pattern can tell: no comma inside of the first. */
const CALL = /f32x4\.(sub|div|gt|lt)\(((?:[^(),]|\([^()]*\))*), ((?:[^(),]|\((?:[^()]|\([^()]*\))*\))*)\)/g;
const SUM = /f32x4\.(?:add|sub|mul)\(((?:[^(),]|\([^()]*\))*), ((?:[^(),]|\((?:[^()]|\([^()]*\))*\))*)\)/g;
const MADD = /madd\(((?:[^(),]|\([^()]*\))*), ((?:[^(),]|\((?:[^()]|\([^()]*\))*\))*), ((?:[^(),]|\((?:[^()]|\([^()]*\))*\))*)\)/g;

export const KERNEL_OPERATORS = [
  ...swap('swap', 'f32x4.add', 'f32x4.sub'),
  ...swap('swap', 'f32x4.mul', 'f32x4.div'),
  ...swap('swap', 'f32x4.gt', 'f32x4.lt'),
  ...swap('swap', 'f32x4.pmax', 'f32x4.pmin'),
  ...swap('swap', 'v128.and', 'v128.andnot'),
  { name: 'border', find: /f32x4\.gt\(/g, put: 'f32x4.ge(' },
  { name: 'border', find: /f32x4\.lt\(/g, put: 'f32x4.le(' },
  { name: 'operands the other way round', find: CALL, put: 'f32x4.$1($3, $2)' },
  { name: 'second term dropped', find: SUM, put: '$1' },
  { name: 'first term dropped', find: SUM, put: '$2' },
  { name: 'product dropped', find: MADD, put: '$3' },
  { name: 'summand dropped', find: MADD, put: 'f32x4.mul($1, $2)' },
  { name: 'no neg', find: /f32x4\.neg\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/g, put: '$1' },
  { name: 'no abs', find: /f32x4\.abs\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/g, put: '$1' },
  { name: 'constant', find: /splat\(0\.5\)/g, put: 'splat(0.25)' },
  { name: 'constant', find: /splat\(1\)/g, put: 'splat(2)' },
  { name: 'constant', find: /splat\(0\)/g, put: 'splat(1)' },
  { name: 'constant', find: /\bone\(\)/g, put: 'f32x4.splat(2)' },
  { name: 'constant', find: /(?<![\w.])2 \* /g, put: '' },
  { name: 'wrong variable', find: /(?<=[( ])y(?=[,)])/g, put: 'z' },
  { name: 'wrong variable', find: /(?<=[( ])z(?=[,)])/g, put: 'y' },
  { name: 'wrong variable', find: /(?<=[( ])p(?=[,)])/g, put: 't' },
  { name: 'wrong variable', find: /(?<=[( ])t(?=[,)])/g, put: 'p' },
  { name: 'wrong variable', find: /\bdy \+ at/g, put: 'y + at' },
  { name: 'wrong variable', find: /\bgamma \+ at/g, put: 'x + at' },
  { name: 'wrong variable', find: /\bmeanProduct\b(?=\))/g, put: 'meanG' },
  { name: 'wrong variable', find: /\bbeta1\b(?=,)/g, put: 'beta2' },
  { name: 'wrong variable', find: /\brest2\b(?=\))/g, put: 'rest1' },
  { name: 'wrong variable', find: /(?<=, )gradient(?=[,)])/g, put: 'before' },
  { name: 'scalar sign', find: / \+ (?=<f64>|norm|f64|amount|1e)/g, put: ' - ' },
  { name: 'scalar product', find: /(?<= )\* (?=scale|weight|factor)/g, put: '/ ' },
  { name: 'scalar quotient', find: / \/ divisor/g, put: ' * divisor' },
  { name: 'loop end', find: /(?<=[ (]\w+) < (?=[BNIO];)/g, put: ' + 1 < ' },
  { name: 'loop end', find: /(?<=\w) > 0;/g, put: ' > 1;' },
  { name: 'step', find: /^(\s+)\w+ \+= \w+Stride;$/g, put: '$1' },
  { name: 'store dropped', find: /^(\s+)(?:v128\.)?store(?:<f32>)?\(.*\);$/g, put: '$1' },
  { name: 'shift', find: />> 16/g, put: '>> 15' },
  { name: 'shift', find: /shr_u\(h, 16\)/g, put: 'shr_u(h, 15)' },
];

export const SCRIPT_OPERATORS = [
  { name: 'comparison', find: / === /g, put: ' !== ' },
  { name: 'comparison', find: / !== /g, put: ' === ' },
  { name: 'comparison', find: / < /g, put: ' <= ' },
  { name: 'comparison', find: / <= /g, put: ' < ' },
  { name: 'comparison', find: / > /g, put: ' >= ' },
  { name: 'comparison', find: / >= /g, put: ' > ' },
  { name: 'arithmetic', find: / \+ /g, put: ' - ' },
  { name: 'arithmetic', find: / - /g, put: ' + ' },
  { name: 'arithmetic', find: / \* /g, put: ' / ' },
  { name: 'arithmetic', find: / \/ /g, put: ' * ' },
  { name: 'logic', find: / && /g, put: ' || ' },
  { name: 'logic', find: / \|\| /g, put: ' && ' },
  { name: 'truth', find: /\btrue\b/g, put: 'false' },
  { name: 'truth', find: /\bfalse\b/g, put: 'true' },
  { name: 'off by one', find: /(?<=[ (])0(?=[;,)])/g, put: '1' },
  { name: 'off by one', find: /\+\+/g, put: '--' },
  { name: 'off by one', find: /(?<= )1(?=[;,)])/g, put: '2' },
  { name: 'negation', find: /if \(!/g, put: 'if (' },
];
