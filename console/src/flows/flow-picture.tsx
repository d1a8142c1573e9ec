/** A flow as a picture: boxes in columns, lines with what leads along them. The words beside it say the same. */

import { useTranslation } from 'react-i18next';
import type { Flow } from '../api/types.ts';
import { draftOf } from './flow-draft.ts';
import { type Edge, type Place, planFlow } from './flow-plan.ts';
import { componentText, exitText } from './flow-words.ts';
import './flow-picture.css';

const BOX = { width: 190, height: 74 };
const GAP = { x: 110, y: 34 };
const MARGIN = 16;
/** Room beside a column for the lines within it. */
const SIDE = 46;

interface Point {
  x: number;
  y: number;
}

function topLeft({ depth, row }: Place, lastColumn: number): Point {
  const column = depth ?? lastColumn;
  return { x: MARGIN + column * (BOX.width + GAP.x), y: MARGIN + row * (BOX.height + GAP.y) };
}

/** Forward from side to side, within a column along its right side, back below the boxes. */
function pathOf(from: Point, to: Point): { d: string; label: Point } {
  const start = { x: from.x + BOX.width, y: from.y + BOX.height / 2 };
  const end = { x: to.x, y: to.y + BOX.height / 2 };
  if (end.x > start.x) {
    const bend = Math.min(GAP.x, end.x - start.x) / 2;
    const d = `M${start.x} ${start.y} C${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`;
    // Near its end, where lines to different boxes are apart already.
    return { d, label: { x: end.x - bend * 0.9, y: end.y + (start.y - end.y) * 0.15 } };
  }
  if (from.x === to.x) {
    const out = start.x + SIDE;
    const d = `M${start.x} ${start.y} C${out} ${start.y} ${out} ${end.y} ${start.x + 2} ${end.y}`;
    return { d, label: { x: start.x + SIDE, y: (start.y + end.y) / 2 + 9 } };
  }
  const low = Math.max(from.y, to.y) + BOX.height + GAP.y / 2;
  const middle = { from: from.x + BOX.width / 2, to: to.x + BOX.width / 2 };
  const d = `M${middle.from} ${from.y + BOX.height} V${low} H${middle.to} V${to.y + BOX.height + 2}`;
  return { d, label: { x: (middle.from + middle.to) / 2, y: low - 2 } };
}

/** Several keys to the same place share a line. */
function lines(edges: readonly Edge[]): Map<string, Edge[]> {
  const found = new Map<string, Edge[]>();
  for (const edge of edges) found.set(edge.to, [...(found.get(edge.to) ?? []), edge]);
  return found;
}

export function FlowPicture({ flow: stored }: { flow: Flow }) {
  const { t } = useTranslation();
  const flow = draftOf(stored);
  const places = planFlow(flow);
  const deepest = Math.max(0, ...places.map(({ depth }) => depth ?? 0));
  const lastColumn = deepest + 1;
  const columns = places.some(({ depth }) => depth === null) ? lastColumn + 1 : lastColumn;
  const rows = Math.max(1, ...places.map(({ row }) => row + 1));
  const width = 2 * MARGIN + columns * (BOX.width + GAP.x);
  const height = 2 * MARGIN + rows * (BOX.height + GAP.y) - GAP.y / 2;
  const at = new Map(places.map((place) => [place.name, topLeft(place, lastColumn)]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <section className="flow-scroll" tabIndex={0} aria-label={t('flows.picture')}>
      <div className="flow-picture" style={{ width, height }} data-testid="flow-picture">
        <svg width={width} height={height} aria-hidden="true">
          <defs>
            <marker id="flow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0 L8 4 L0 8 z" className="flow-arrow" />
            </marker>
          </defs>
          {places.flatMap((place) =>
            [...lines(place.edges)].map(([to, edges]) => {
              const end = at.get(to);
              if (end === undefined) return null;
              const { d, label } = pathOf(at.get(place.name)!, end);
              return (
                <g key={`${place.name} ${to}`}>
                  <path d={d} className="flow-line" markerEnd="url(#flow-arrow)" />
                  <text x={label.x} y={label.y - 5} className="flow-label" textAnchor="middle">
                    {edges.map((edge) => exitText(t, place.component.type, edge)).join(', ')}
                  </text>
                </g>
              );
            }),
          )}
        </svg>
        {places.map((place) => {
          const { x, y } = at.get(place.name)!;
          return (
            <div
              key={place.name}
              className="flow-box"
              data-type={place.component.type}
              style={{ left: x, top: y, width: BOX.width, height: BOX.height }}
              title={componentText(t, place.component)}
            >
              <strong>{place.name === flow.start ? `▶ ${place.name}` : place.name}</strong>
              <span>{componentText(t, place.component)}</span>
            </div>
          );
        })}
      </div>
    </section>
  );
}
