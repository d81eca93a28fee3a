/** Small pictures of the problems, beside their names. */
import { palette } from '../colours.js';
import { prepare } from '../dom.js';
import { draw, PROBLEMS, type ProblemName, SPAN } from './problems.js';

const COUNT = 70;

export function drawThumbnails(): void {
  for (const canvas of document.querySelectorAll<HTMLCanvasElement>('canvas.thumbnail')) {
    canvas.style.width = '30px';
    canvas.style.height = '30px';
    const { context, scale } = prepare(canvas);
    // It may be hidden, and then has no size of its own yet.
    Object.assign(canvas, { width: 30 * scale, height: 30 * scale });
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const { classes, muted } = palette();
    const name = canvas.dataset.problem ?? '';
    if (Object.hasOwn(PROBLEMS, name)) {
      const { xy, labels } = draw(name as ProblemName, COUNT, 0.05, 4);
      for (const [index, label] of labels.entries()) {
        context.fillStyle = classes[label > 0.5 ? 1 : 0];
        const place = (value: number): number => 15 + (value / SPAN) * 15;
        context.beginPath();
        context.arc(place(xy[2 * index]), place(-xy[2 * index + 1]), 1.5, 0, 2 * Math.PI);
        context.fill();
      }
    } else {
      context.strokeStyle = muted;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(9, 15);
      context.lineTo(21, 15);
      context.moveTo(15, 9);
      context.lineTo(15, 21);
      context.stroke();
    }
  }
}
