/** Bars over time, side by side. Whoever can't see them gets the same numbers as a table. */

import { Group, Text, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export interface Series {
  name: string;
  color: string;
  values: readonly number[];
}

export interface BarChartProps {
  label: string;
  /** One per group of bars. */
  ticks: readonly string[];
  series: readonly Series[];
  height?: number;
  /** Every so many-th tick is written. */
  tickEvery?: number;
}

const WIDTH = 1000;
const BOTTOM = 20;
const LEFT = 34;

/** 1, 2 or 5 times a power of ten, not less than `value`. */
export function roundUp(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

function Legend({ series }: Pick<BarChartProps, 'series'>) {
  return (
    <Group gap="md" mb={6} aria-hidden>
      {series.map(({ name, color }) => (
        <Group key={name} gap={6}>
          <span style={{ width: 10, height: 10, borderRadius: 3, background: color }} />
          <Text size="xs" c="dimmed">
            {name}
          </Text>
        </Group>
      ))}
    </Group>
  );
}

function Numbers({ label, ticks, series }: BarChartProps) {
  const { t } = useTranslation();
  return (
    <VisuallyHidden>
      <table aria-label={label}>
        <thead>
          <tr>
            <th>{t('dashboard.chart.time')}</th>
            {series.map(({ name }) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ticks
            .map((tick, index) => ({ tick, index }))
            .filter(({ index }) => series.some(({ values }) => (values[index] ?? 0) > 0))
            .map(({ tick, index }) => (
              // Several may have the same words: ten seconds of one minute.
              <tr key={index}>
                <th>{tick}</th>
                {series.map(({ name, values }) => (
                  <td key={name}>{values[index]}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </VisuallyHidden>
  );
}

export function BarChart(props: BarChartProps) {
  const { ticks, series, height = 180, tickEvery = 1 } = props;
  const most = roundUp(Math.max(0, ...series.flatMap(({ values }) => values)));
  const plot = height - BOTTOM - 8;
  const step = (WIDTH - LEFT) / ticks.length;
  const bar = Math.min(26, (step * 0.72) / series.length);
  const yOf = (value: number) => 8 + plot - (value / most) * plot;
  return (
    <div>
      <Legend series={series} />
      <div className="chart-plot">
        {[0, 0.5, 1].map((part) => (
          <span key={part} className="chart-scale" style={{ top: yOf(most * part) }} aria-hidden>
            {most * part}
          </span>
        ))}
        <svg
          viewBox={`0 0 ${WIDTH} ${height}`}
          width="100%"
          height={height}
          preserveAspectRatio="none"
          aria-hidden="true"
          className="chart"
        >
          {[0, 0.5, 1].map((part) => (
            <line
              key={part}
              x1={LEFT}
              x2={WIDTH}
              y1={yOf(most * part)}
              y2={yOf(most * part)}
              stroke="var(--console-line)"
              strokeWidth={1}
              vectorEffect="non-scaling-stroke"
            />
          ))}
          {series.map(({ name, color, values }, place) =>
            values.map((value, index) =>
              value === 0 ? null : (
                <rect
                  // biome-ignore lint/suspicious/noArrayIndexKey: the place in time
                  key={`${name}${index}`}
                  x={LEFT + step * index + (step - bar * series.length) / 2 + place * bar}
                  y={yOf(value)}
                  width={Math.max(1, bar - 1)}
                  height={8 + plot - yOf(value)}
                  rx={1.5}
                  fill={color}
                />
              ),
            ),
          )}
        </svg>
      </div>
      <div className="chart-ticks" aria-hidden>
        {ticks.map((tick, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the place in time
          <span key={index}>{index % tickEvery === 0 ? tick : ''}</span>
        ))}
      </div>
      <Numbers {...props} />
    </div>
  );
}
