import { Box, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Form } from '../parts/form.ts';
import type { LimitFields, SystemLimits } from './limits-queries.ts';

export interface LimitFieldsProps {
  form: Form<SystemLimits>;
}

/** Changes fields of `limits`, the others staying as they are. */
export function setLimits(form: Form<SystemLimits>, change: Partial<LimitFields>): void {
  form.set({ limits: { ...form.values.limits, ...change } as LimitFields });
}

export function LimitSection({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <Box component="section" className="panel" p={{ base: 'md', sm: 'lg' }} aria-label={title}>
      <Title order={2}>{title}</Title>
      <Text size="sm" c="dimmed" mb="md" mt={2}>
        {lead}
      </Text>
      <Stack gap="md">{children}</Stack>
    </Box>
  );
}
