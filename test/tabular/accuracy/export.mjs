// Writes the data sets with their folds as CSV files, for measure_sklearn.py: node test/tabular/accuracy/export.mjs FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import { DATA, foldsOf, SEEDS } from './data.mjs';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('expected a folder to write to');
mkdirSync(folder, { recursive: true });
for (const data of DATA) {
  const columns = { ...data.columns, ...Object.fromEntries(SEEDS.map((seed) => [`fold${seed}`, foldsOf(data, seed)])) };
  const names = Object.keys(columns);
  const lines = data.columns.target.map((_, row) => names.map((name) => columns[name][row]).join(','));
  writeFileSync(`${folder}/${data.name}.${data.task}.csv`, `${[names.join(','), ...lines].join('\n')}\n`);
}
