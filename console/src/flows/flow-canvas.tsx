/** The flow as a graph: boxes are moved, lines drawn from an exit to a component; all of it can be done in the forms as well. */

import '@xyflow/react/dist/base.css';
import { useComputedColorScheme } from '@mantine/core';
import {
  Background,
  type Connection,
  Controls,
  type Edge,
  type EdgeChange,
  MarkerType,
  type NodeChange,
  type OnBeforeDelete,
  ReactFlow,
  type ReactFlowInstance,
} from '@xyflow/react';
import { type DragEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Draft, type Exit, type ExitRef, exitId, exitOfId, type XY } from './flow-draft.ts';
import { type ComponentNode, FlowNode, NODE_WIDTH, nodeHeight } from './flow-node.tsx';
import { placesOf } from './flow-plan.ts';
import { steadied } from './steady.ts';
import './flow-editor.css';

const FIT = { maxZoom: 1, padding: 0.12 };
const NODE_TYPES = { component: FlowNode };
export const DRAGGED_KIND = 'application/x-flow-component';

export interface CanvasProps {
  draft: Draft;
  exitsOf(name: string): readonly Exit[];
  selected: string | null;
  /** Where the call that is played through is. */
  here: string | null;
  count(name: string): { mistakes: number; warnings: number };
  isReadOnly: boolean;
  onSelect(name: string | null): void;
  onConnect(name: string, exit: ExitRef, to: string | null): void;
  onRemove(name: string): void;
  onMove(layout: Record<string, XY>): void;
  onDropKind(type: string, at: XY): void;
}

/** A box takes its lines with it, as one change: taken back, all of them are there again. */
const boxesAlone: OnBeforeDelete<ComponentNode> = async ({ nodes, edges }) =>
  nodes.length > 0 ? { nodes, edges: [] } : { nodes, edges };

const whole = ({ x, y }: { x: number; y: number }): XY => [Math.round(x), Math.round(y)];

/** Where each box is: as it is written, and laid out where nothing is. */
function usePlaces({ draft, exitsOf }: CanvasProps): Map<string, XY> {
  return useMemo(() => {
    const found = placesOf(draft, (name) => nodeHeight(exitsOf(name)));
    for (const [name, place] of Object.entries(draft.layout ?? {})) if (found.has(name)) found.set(name, place);
    return found;
  }, [draft, exitsOf]);
}

function useNodes(props: CanvasProps, places: Map<string, XY>, moving: ReadonlyMap<string, XY>): ComponentNode[] {
  const { draft, exitsOf, selected, here, count, isReadOnly } = props;
  return useMemo(
    () =>
      Object.entries(draft.components).map(([name, component]): ComponentNode => {
        const [x, y] = moving.get(name) ?? places.get(name) ?? [0, 0];
        const exits = exitsOf(name);
        return {
          id: name,
          type: 'component',
          position: { x, y },
          width: NODE_WIDTH,
          height: nodeHeight(exits),
          selected: name === selected,
          deletable: !isReadOnly,
          ariaLabel: name,
          data: {
            name,
            component,
            exits,
            isStart: draft.start === name,
            isHere: here === name,
            ...count(name),
          },
        };
      }),
    [draft, exitsOf, selected, here, count, isReadOnly, places, moving],
  );
}

function useEdges(
  { draft, exitsOf, isReadOnly }: CanvasProps,
  places: ReadonlyMap<string, XY>,
  chosen: string | null,
): Edge[] {
  const { t } = useTranslation();
  return useMemo(
    () =>
      Object.keys(draft.components).flatMap((name) =>
        exitsOf(name).flatMap((exit): Edge[] => {
          if (exit.to === null || !Object.hasOwn(draft.components, exit.to)) return [];
          const id = `${name} ${exitId(exit)}`;
          return [
            {
              id,
              source: name,
              sourceHandle: exitId(exit),
              target: exit.to,
              targetHandle: 'in',
              // back, and to what stands above or below, around the boxes
              type:
                (places.get(exit.to)?.[0] ?? 0) < (places.get(name)?.[0] ?? 0) + NODE_WIDTH ? 'smoothstep' : 'default',
              selected: id === chosen,
              deletable: !isReadOnly,
              reconnectable: isReadOnly ? false : 'target',
              markerEnd: { type: MarkerType.ArrowClosed, width: 18, height: 18 },
              ariaLabel: t('flowEditor.line', { from: name, to: exit.to }),
            },
          ];
        }),
      ),
    [draft, exitsOf, isReadOnly, places, chosen, t],
  );
}

function useSteady<T extends { id: string }>(items: readonly T[]): T[] {
  const before = useRef<ReadonlyMap<string, T>>(new Map());
  const steady = steadied(before.current, items);
  before.current = new Map(steady.map((item) => [item.id, item]));
  return steady;
}

function useLabels() {
  const { t } = useTranslation();
  return useMemo(
    () => ({
      'node.a11yDescription.default': t('flowEditor.canvas.node'),
      'node.a11yDescription.keyboardDisabled': t('flowEditor.canvas.node'),
      'edge.a11yDescription.default': t('flowEditor.canvas.edge'),
      'controls.ariaLabel': t('flowEditor.canvas.controls'),
      'controls.zoomIn.ariaLabel': t('flowEditor.canvas.zoomIn'),
      'controls.zoomOut.ariaLabel': t('flowEditor.canvas.zoomOut'),
      'controls.fitView.ariaLabel': t('flowEditor.canvas.fit'),
      'controls.interactive.ariaLabel': t('flowEditor.canvas.fit'),
      'minimap.ariaLabel': t('flows.picture'),
      'handle.ariaLabel': t('flowEditor.canvas.handle'),
      'node.a11yDescription.ariaLiveMessage': ({ x, y }: { x: number; y: number }) =>
        t('flowEditor.canvas.moved', { x: Math.round(x), y: Math.round(y) }),
    }),
    [t],
  );
}

/** What the library tells of, as what is done to the flow. */
function useHandlers(props: CanvasProps, places: Map<string, XY>, edges: readonly Edge[]) {
  const { onSelect, onConnect, onRemove, onMove } = props;
  const onNodesChange = (
    changes: NodeChange<ComponentNode>[],
    moving: ReadonlyMap<string, XY>,
    setMoving: (next: ReadonlyMap<string, XY>) => void,
  ) => {
    const moved = new Map(moving);
    let isAtRest = false;
    for (const change of changes) {
      if (change.type === 'remove') onRemove(change.id);
      if (change.type === 'select' && change.selected) onSelect(change.id);
      if (change.type !== 'position' || change.position === undefined) continue;
      moved.set(change.id, whole(change.position));
      isAtRest ||= change.dragging !== true;
    }
    if (moved.size === 0) return;
    setMoving(isAtRest ? new Map() : moved);
    // Of all boxes: one that was put somewhere would else have the others laid out anew around it.
    const placeOf = (name: string, [x, y]: XY) => moved.get(name) ?? whole({ x, y });
    if (isAtRest) onMove(Object.fromEntries([...places].map(([name, place]) => [name, placeOf(name, place)])));
  };
  const onEdgesChange = (changes: EdgeChange[], setChosen: (id: string | null) => void) => {
    for (const change of changes) {
      if (change.type === 'select') setChosen(change.selected ? change.id : null);
      const gone = change.type === 'remove' ? edges.find(({ id }) => id === change.id) : undefined;
      if (gone !== undefined) onConnect(gone.source, exitOfId(gone.sourceHandle ?? ''), null);
    }
  };
  const connect = ({ source, sourceHandle, target }: Connection) =>
    onConnect(source, exitOfId(sourceHandle ?? ''), target);
  return { onNodesChange, onEdgesChange, connect };
}

/** A component that is drawn out of the palette, and let go over the picture. */
function useDrop({ draft, isReadOnly, onDropKind }: CanvasProps, places: ReadonlyMap<string, XY>) {
  const graph = useRef<ReactFlowInstance<ComponentNode> | null>(null);
  // What is new has to be seen, and what is laid out anew: the picture is as large as what there is.
  const shape = draft.layout ? Object.keys(draft.components).length : [...places].join(' ');
  const fitted = useRef(shape);
  useEffect(() => {
    if (fitted.current !== shape) void graph.current?.fitView(FIT);
    fitted.current = shape;
  }, [shape]);
  return {
    onInit: (instance: ReactFlowInstance<ComponentNode>) => {
      graph.current = instance;
    },
    onDrop: (event: DragEvent) => {
      const type = event.dataTransfer.getData(DRAGGED_KIND);
      if (type === '' || graph.current === null || isReadOnly) return;
      event.preventDefault();
      onDropKind(type, whole(graph.current.screenToFlowPosition({ x: event.clientX, y: event.clientY })));
    },
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.includes(DRAGGED_KIND)) event.preventDefault();
    },
  };
}

export function FlowCanvas(props: CanvasProps) {
  const { draft, isReadOnly, onSelect } = props;
  const { t } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const [moving, setMoving] = useState<ReadonlyMap<string, XY>>(new Map());
  const [chosen, setChosen] = useState<string | null>(null);
  const places = usePlaces(props);
  const nodes = useSteady(useNodes(props, places, moving));
  const edges = useSteady(useEdges(props, places, chosen));
  const labels = useLabels();
  const dropping = useDrop(props, places);
  const { onNodesChange, onEdgesChange, connect } = useHandlers(props, places, edges);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a figure that is worked in
    <div className="flow-canvas" role="group" aria-label={t('flows.picture')} data-testid="flow-canvas">
      <ReactFlow<ComponentNode>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={scheme}
        ariaLabelConfig={labels}
        nodesConnectable={!isReadOnly}
        nodesDraggable={!isReadOnly}
        deleteKeyCode={isReadOnly ? null : ['Delete', 'Backspace']}
        multiSelectionKeyCode={null}
        selectionKeyCode={null}
        selectNodesOnDrag
        minZoom={0.2}
        maxZoom={1.6}
        fitView
        fitViewOptions={FIT}
        preventScrolling={false}
        zoomOnScroll={false}
        panOnScroll={false}
        proOptions={{ hideAttribution: true }}
        {...dropping}
        onBeforeDelete={boxesAlone}
        onNodesChange={(changes) => onNodesChange(changes, moving, setMoving)}
        onEdgesChange={(changes) => onEdgesChange(changes, setChosen)}
        onConnect={connect}
        onReconnect={(edge, to) => {
          if (to.source === edge.source) connect({ ...to, sourceHandle: edge.sourceHandle ?? null });
        }}
        onPaneClick={() => onSelect(null)}
        key={Object.keys(draft.components).length === 0 ? 'empty' : 'some'}
      >
        <Background gap={22} size={1} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
