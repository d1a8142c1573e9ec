/** Charts as SVG text: a few lines of our own, so that a report needs no network and no library. Colours are CSS classes. */

import { linear, type Scale, ticksOf } from './axis.ts';

export interface Series {
  name: string;
  /** CSS class that colours it. */
  tone: string;
  /** Null: nothing was seen there; the line has a gap. */
  values: ReadonlyArray<number | null>;
  isArea?: boolean;
}

export interface LineChart {
  /** One per point, in the unit of the axis. */
  x: readonly number[];
  xUnit: string;
  yUnit: string;
  series: readonly Series[];
}

export interface Bar {
  from: number;
  to: number;
  count: number;
  /** Holds everything beyond as well. */
  isOpen: boolean;
}

const WIDTH = 760;
const HEIGHT = 240;
const LEFT = 56;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 34;

export function lineChart(chart: LineChart): string {
  const { x, series } = chart;
  const all = series.flatMap(({ values }) => values.filter((value) => value !== null));
  const yTicks = ticksOf(Math.min(0, ...all), Math.max(1e-9, ...all));
  const xTicks = ticksOf(x[0] ?? 0, Math.max((x[0] ?? 0) + 1, x.at(-1) ?? 1)).filter((tick) => tick <= (x.at(-1) ?? 1));
  const toX = linear([x[0] ?? 0, Math.max((x[0] ?? 0) + 1, x.at(-1) ?? 1)], [LEFT, WIDTH - RIGHT]);
  const toY = linear([yTicks[0]!, yTicks.at(-1)!], [HEIGHT - BOTTOM, TOP]);
  const drawn = series.map((one) => pathOf(one, { x, toX, toY }));
  const axes = axesOf({ xTicks, yTicks, toX, toY, xUnit: chart.xUnit, yUnit: chart.yUnit });
  return svg(`${axes}${drawn.join('')}${hoversOf(chart, toX)}`);
}

export function barChart(bars: readonly Bar[], about: { xUnit: string; yUnit: string }): string {
  const yTicks = ticksOf(0, Math.max(1, ...bars.map(({ count }) => count)));
  const toX = linear([bars[0]?.from ?? 0, bars.at(-1)?.to ?? 1], [LEFT, WIDTH - RIGHT]);
  const toY = linear([0, yTicks.at(-1)!], [HEIGHT - BOTTOM, TOP]);
  const xTicks = ticksOf(bars[0]?.from ?? 0, bars.at(-1)?.to ?? 1).filter(
    (tick) => tick >= (bars[0]?.from ?? 0) && tick <= (bars.at(-1)?.to ?? 1),
  );
  const drawn = bars.map(({ from, to, count, isOpen }) => {
    const width = Math.max(1, toX(to) - toX(from) - 1);
    const range = isOpen ? `from ${numberText(from)}` : `${numberText(from)} to ${numberText(to)}`;
    const title = `<title>${range} ${about.xUnit}: ${count}</title>`;
    const height = HEIGHT - BOTTOM - toY(count);
    return `<rect class="bar${isOpen ? ' open' : ''}" x="${fixed(toX(from))}" y="${fixed(toY(count))}" width="${fixed(width)}" height="${fixed(height)}">${title}</rect>`;
  });
  return svg(`${axesOf({ xTicks, yTicks, toX, toY, ...about })}${drawn.join('')}`);
}

function pathOf({ values, tone, isArea }: Series, about: { x: readonly number[]; toX: Scale; toY: Scale }): string {
  const { x, toX, toY } = about;
  let line = '';
  let lone = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const isFirst = index === 0 || values[index - 1] === null;
    const at = `${fixed(toX(x[index]!))},${fixed(toY(value))}`;
    line += `${isFirst ? 'M' : 'L'}${at}`;
    const isLone = isFirst && (values[index + 1] ?? null) === null;
    if (isLone) lone += `<circle class="dot ${tone}" cx="${fixed(toX(x[index]!))}" cy="${fixed(toY(value))}" r="2"/>`;
  });
  const known = values.findLastIndex((value) => value !== null);
  const first = values.findIndex((value) => value !== null);
  const area =
    isArea && known > first && !values.slice(first, known + 1).includes(null)
      ? `<path class="area ${tone}" d="${line}L${fixed(toX(x[known]!))},${fixed(toY(0))}L${fixed(toX(x[first]!))},${fixed(toY(0))}Z"/>`
      : '';
  return `${area}<path class="line ${tone}" d="${line}"/>${lone}`;
}

interface Axes {
  xTicks: number[];
  yTicks: number[];
  toX: Scale;
  toY: Scale;
  xUnit: string;
  yUnit: string;
}

function axesOf({ xTicks, yTicks, toX, toY, xUnit, yUnit }: Axes): string {
  const rows = yTicks.map((tick) => {
    const y = fixed(toY(tick));
    const label = `<text x="${LEFT - 8}" y="${y}" class="y">${numberText(tick)}</text>`;
    return `<line class="${tick === 0 ? 'base' : 'grid'}" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>${label}`;
  });
  const columns = xTicks.map(
    (tick) => `<text x="${fixed(toX(tick))}" y="${HEIGHT - BOTTOM + 16}" class="x">${numberText(tick)}</text>`,
  );
  const units =
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" class="unit end">${xUnit}</text>` +
    `<text x="${LEFT - 48}" y="${HEIGHT - 4}" class="unit">${yUnit}</text>`;
  return rows.join('') + columns.join('') + units;
}

/** A strip for each point that names its values when the pointer rests on it. */
function hoversOf({ x, xUnit, yUnit, series }: LineChart, toX: Scale): string {
  const width = x.length > 1 ? toX(x[1]!) - toX(x[0]!) : WIDTH - LEFT - RIGHT;
  return x
    .map((at, index) => {
      const values = series.map(({ name, values: own }) => {
        const value = own[index] ?? null;
        return `${name} ${value === null ? '-' : numberText(value)}`;
      });
      const title = `<title>${numberText(at)} ${xUnit}: ${values.join(', ')} (${yUnit})</title>`;
      return `<rect class="hover" x="${fixed(toX(at) - width / 2)}" y="${TOP}" width="${fixed(width)}" height="${HEIGHT - TOP - BOTTOM}">${title}</rect>`;
    })
    .join('');
}

const svg = (content: string) =>
  `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" preserveAspectRatio="xMidYMid meet">${content}</svg>`;

const fixed = (value: number) => value.toFixed(1);

function numberText(value: number): string {
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) >= 10_000 ? rounded.toLocaleString('en-US') : String(rounded);
}
