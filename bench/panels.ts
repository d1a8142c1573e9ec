/** Line charts as SVG, without a library: panels in a grid, on a white card so that they read in the dark too. */

import { linear, logarithmic, powersOf, type Scale, ticksOf } from '../load/axis.ts';
import { escaped } from '../load/xml-text.ts';

export interface Line {
  name: string;
  color: string;
  points: ReadonlyArray<readonly [x: number, y: number]>;
  /** Behind the others, thinner. */
  faint?: boolean;
}

export interface Panel {
  title: string;
  /** Below the title, small. */
  note?: string;
  xLabel: string;
  lines: readonly Line[];
  /** A logarithmic y axis, for values over several powers of ten. */
  logarithmic?: boolean;
  /** A line across at a goal. */
  goal?: { y: number; text: string };
  /** Dots at the measured points; many samples need none. */
  dots?: boolean;
  /** Of the title. */
  titleColor?: string;
}

export const COLORS = ['#1769aa', '#d9730d', '#6b4ba1', '#2e7d32', '#b3261e'] as const;

const INK = '#1f2933';
const GREY = '#6b7785';
const GRID = '#e4e8ec';
const GAP = 28;
const MARGIN = { left: 52, right: 14, top: 46, bottom: 40 };
const FONT = 'ui-sans-serif, system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, Helvetica, Arial, sans-serif';

export interface Sheet {
  title: string;
  subtitle: string;
  panels: readonly Panel[];
  columns: number;
  panelSize?: { width: number; height: number };
}

export function chart({ title, subtitle, panels, columns, panelSize = { width: 440, height: 300 } }: Sheet): string {
  const rows = Math.ceil(panels.length / columns);
  const legend = legendOf(panels);
  const top = legend.length > 1 ? 96 : 72;
  const width = columns * panelSize.width + (columns + 1) * GAP;
  const height = top + rows * (panelSize.height + GAP);
  const placed = panels.map((panel, index) => {
    const x = GAP + (index % columns) * (panelSize.width + GAP);
    const y = top + Math.floor(index / columns) * (panelSize.height + GAP);
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, panelSize)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" rx="10" fill="#ffffff"/>`,
    text({ x: GAP, y: 34, size: 19, weight: 650, fill: INK }, title),
    text({ x: GAP, y: 56, size: 12.5, fill: GREY }, subtitle),
    legend.length > 1 ? drawLegend(legend) : '',
    ...placed,
    '</svg>\n',
  ].join('\n');
}

function legendOf(panels: readonly Panel[]): Line[] {
  const byName = new Map(panels.flatMap(({ lines }) => lines).map((line) => [line.name, line]));
  return [...byName.values()];
}

function drawLegend(lines: readonly Line[]): string {
  let x = GAP;
  const entries = lines.map(({ name, color }) => {
    const entry = `<line x1="${x}" x2="${x + 18}" y1="78" y2="78" stroke="${color}" stroke-width="3" stroke-linecap="round"/>${text({ x: x + 25, y: 82, size: 12.5, fill: INK }, name)}`;
    x += 25 + name.length * 6.6 + 24;
    return entry;
  });
  return entries.join('');
}

interface Axis {
  at: Scale;
  ticks: number[];
}

function drawPanel(panel: Panel, { width, height }: { width: number; height: number }): string {
  const plot = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const xs = panel.lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = panel.lines.flatMap(({ points }) => points.map(([, y]) => y)).concat(panel.goal?.y ?? []);
  const x = axisOf(ticksOf(Math.min(...xs), Math.max(...xs, Math.min(...xs) + 1)), [plot.left, plot.right]);
  const y = panel.logarithmic
    ? axisOf(powersOf(ys), [plot.bottom, plot.top], logarithmic)
    : axisOf(ticksOf(Math.min(0, ...ys), Math.max(1, ...ys)), [plot.bottom, plot.top]);
  const goal = panel.goal;
  return [
    text({ x: 0, y: 14, size: 14, weight: 600, fill: panel.titleColor ?? INK }, panel.title),
    panel.note === undefined ? '' : text({ x: 0, y: 31, size: 11.5, fill: GREY }, panel.note),
    ...y.ticks.map((tick) => {
      const at = round(y.at(tick));
      return `<line x1="${plot.left}" x2="${plot.right}" y1="${at}" y2="${at}" stroke="${GRID}"/>${text({ x: plot.left - 8, y: at + 4, size: 11, fill: GREY, anchor: 'end' }, short(tick))}`;
    }),
    ...x.ticks.map((tick) =>
      text({ x: round(x.at(tick)), y: plot.bottom + 17, size: 11, fill: GREY, anchor: 'middle' }, short(tick)),
    ),
    text(
      { x: (plot.left + plot.right) / 2, y: plot.bottom + 34, size: 11.5, fill: GREY, anchor: 'middle' },
      panel.xLabel,
    ),
    goal === undefined ? '' : drawGoal(goal, y, plot),
    ...panel.lines.map((line) => drawLine(line, { x, y }, panel.dots ?? true)),
  ].join('\n');
}

function drawGoal(goal: { y: number; text: string }, y: Axis, plot: { left: number; right: number }): string {
  const at = round(y.at(goal.y));
  return `<line x1="${plot.left}" x2="${plot.right}" y1="${at}" y2="${at}" stroke="${GREY}" stroke-dasharray="5 4"/>${text({ x: plot.right, y: at - 5, size: 11, fill: GREY, anchor: 'end' }, goal.text)}`;
}

function drawLine({ points, color, faint }: Line, { x, y }: { x: Axis; y: Axis }, dots: boolean): string {
  const places = points.map(([px, py]) => [round(x.at(px)), round(y.at(py))] as const);
  const path = places.map(([px, py], index) => `${index === 0 ? 'M' : 'L'}${px} ${py}`).join('');
  const width = faint ? 1 : 2.2;
  const line = `<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"${faint ? ' opacity="0.45"' : ''}/>`;
  const marks = dots ? places.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3.2" fill="${color}"/>`) : [];
  return line + marks.join('');
}

function axisOf(ticks: number[], pixels: readonly [number, number], scale = linear): Axis {
  return { at: scale([ticks[0]!, ticks.at(-1)!], pixels), ticks };
}

function text(
  style: { x: number; y: number; size: number; fill: string; weight?: number; anchor?: string },
  content: string,
): string {
  const weight = style.weight === undefined ? '' : ` font-weight="${style.weight}"`;
  const anchor = style.anchor === undefined ? '' : ` text-anchor="${style.anchor}"`;
  return `<text x="${style.x}" y="${style.y}" font-size="${style.size}" fill="${style.fill}"${weight}${anchor}>${escaped(content)}</text>`;
}

function short(value: number): string {
  const rounded = Number(value.toPrecision(6));
  return Math.abs(rounded) >= 10_000 ? `${Number((rounded / 1_000).toPrecision(3))}k` : String(rounded);
}

const round = (value: number) => Math.round(value * 10) / 10;
