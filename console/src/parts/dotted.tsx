import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** A state in words, with its colour beside it: the words alone have to do for those who see no colours. */
export function Dotted({ color, children }: { color: string; children: ReactNode }) {
  return (
    <Group gap={8} wrap="nowrap" component="span">
      <Text component="span" c={color} lh={0}>
        <span className="state-dot" style={{ display: 'inline-block' }} />
      </Text>
      <Text component="span" size="sm" className="whole">
        {children}
      </Text>
    </Group>
  );
}
