/** Fields that most leave as they are: folded away until somebody wants them, or one of them is wrong. */

import { Collapse, Group, Stack, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export function Fold({ title, isForcedOpen, children }: { title: string; isForcedOpen: boolean; children: ReactNode }) {
  const [opened, { toggle }] = useDisclosure(false);
  const isOpen = opened || isForcedOpen;
  return (
    <div>
      <UnstyledButton onClick={toggle} aria-expanded={isOpen} fz="md" fw={600}>
        <Group gap={6} wrap="nowrap">
          <IconChevronRight
            size={16}
            style={{ flex: 'none', transform: isOpen ? 'rotate(90deg)' : undefined, transition: 'transform 120ms' }}
          />
          {title}
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <Stack gap="md" pt="md">
          {children}
        </Stack>
      </Collapse>
    </div>
  );
}
