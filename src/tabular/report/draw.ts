/**
 * Draws Vega-Lite specifications as SVG, without a browser and without compiling code (which policies of pages and edge runtimes forbid).
 * Built into a file of its own (src/build.mjs), because it is large and seldom wanted. Knows no reports.
 */
import { parse, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';

/** The text of an SVG element. */
export async function draw(specification: TopLevelSpec): Promise<string> {
  const { spec } = compile(specification);
  const view = new View(parse(spec, undefined, { ast: true }), { renderer: 'none', expr: expressionInterpreter });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
