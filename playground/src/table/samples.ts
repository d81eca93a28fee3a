/** Tables to try, from those that the tests have; see the notes beside them for where they come from. */

import iris from '../../../test/learning/data/iris.csv?raw';
import diabetes from '../../../test/tabular/accuracy/data/diabetes.csv?raw';

/** The file of irises has classes by number and their names in its first line; here each row says its kind. */
function nameIrises(text: string): string {
  const [head, ...lines] = text.trim().split('\n');
  const kinds = head.split(',').slice(2);
  const rows = lines.map((line) => {
    const cells = line.trim().split(',');
    return [...cells.slice(0, -1), kinds[Number(cells.at(-1))]].join(',');
  });
  return ['sepal length,sepal width,petal length,petal width,kind', ...rows].join('\n');
}

export const SAMPLES = {
  iris: { name: 'iris.csv', text: nameIrises(iris) },
  diabetes: { name: 'diabetes.csv', text: diabetes },
} as const;
