/** A component as a box: what it does, and its exits, each with a point from which a line is drawn. */

import { IconAlertTriangle, IconPlayerPlayFilled } from '@tabler/icons-react';
import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Component, type Exit, exitId } from './flow-draft.ts';
import { componentText, exitText, kindText } from './flow-words.ts';
import { iconOf } from './kind-icons.ts';

export interface NodeData extends Record<string, unknown> {
  name: string;
  component: Component;
  exits: readonly Exit[];
  isStart: boolean;
  /** Of the call that is being played through. */
  isHere: boolean;
  mistakes: number;
  warnings: number;
}
export type ComponentNode = Node<NodeData, 'component'>;

export const NODE_WIDTH = 230;
const HEAD = 74;
const ROW = 24;
export const nodeHeight = (exits: readonly Exit[]): number => HEAD + exits.length * ROW + (exits.length > 0 ? 8 : 0);

function Box({ data, selected, isConnectable }: NodeProps<ComponentNode>) {
  const { t } = useTranslation();
  const { name, component, exits, isStart, isHere, mistakes, warnings } = data;
  const Icon = iconOf(component.type);
  return (
    <div
      className="flow-node"
      data-type={component.type}
      data-selected={selected || undefined}
      data-here={isHere || undefined}
      data-wrong={mistakes > 0 || undefined}
      data-testid={`node-${name}`}
    >
      <Handle type="target" position={Position.Left} id="in" isConnectable={isConnectable} style={{ top: 24 }} />
      <div className="flow-node-head">
        <Icon size={18} stroke={1.7} aria-hidden />
        <strong>{name}</strong>
        {isStart ? <IconPlayerPlayFilled size={12} aria-label={t('flows.start')} role="img" /> : null}
        {mistakes + warnings > 0 ? (
          <span className="flow-node-mark" data-kind={mistakes > 0 ? 'mistake' : 'warning'}>
            <IconAlertTriangle size={13} aria-hidden />
            {mistakes > 0 ? mistakes : warnings}
          </span>
        ) : null}
      </div>
      <p title={componentText(t, component)}>
        {kindText(t, component.type)}: {componentText(t, component)}
      </p>
      {exits.length === 0 ? null : (
        <ul>
          {exits.map((exit) => (
            <li key={exitId(exit)} data-open={exit.to === null || undefined}>
              {exitText(t, component.type, exit)}
              <Handle
                type="source"
                position={Position.Right}
                id={exitId(exit)}
                isConnectable={isConnectable}
                data-testid={`exit-${name}-${exitId(exit)}`}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export const FlowNode = memo(Box);
