/** How a route shares its calls among its trunks, and when it is open. */

import { NumberInput, Select, SimpleGrid, TagsInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useResources } from '../api/queries.ts';
import { type Route, trunkName } from './route.ts';

interface RouteProps {
  route: Route;
  onChange(next: Route): void;
}

/** Without weights the trunks are tried in their order; with them each takes its share, and the others help out. */
export function Weights({ route, onChange }: RouteProps) {
  const { t } = useTranslation();
  if (route.trunks.length < 2) return null;
  const weightOf = (trunk: Route['trunks'][number]) => (typeof trunk === 'string' ? null : (trunk.weight ?? null));
  const set = (place: number, weight: number | null) =>
    onChange({
      ...route,
      trunks: route.trunks.map((trunk, at) => {
        if (at !== place) return trunk;
        return weight === null ? trunkName(trunk) : { name: trunkName(trunk), weight };
      }),
    });
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
      {route.trunks.map((trunk, place) => (
        <NumberInput
          key={trunkName(trunk)}
          label={t('fields.route.weight', { trunk: trunkName(trunk) })}
          description={place === 0 ? t('fields.route.weightText') : ' '}
          min={1}
          max={1000}
          value={weightOf(trunk) ?? ''}
          onChange={(value) => set(place, typeof value === 'number' ? value : null)}
        />
      ))}
    </SimpleGrid>
  );
}

const ZONES: readonly string[] = Intl.supportedValuesOf('timeZone');

export function RouteHours({
  route,
  mistake,
  onChange,
}: RouteProps & { mistake(field: 'hours' | 'between' | 'timezone'): string | undefined }) {
  const { t } = useTranslation();
  const hours = (useResources('hours').data?.items ?? []).map(({ name }) => name);
  const between = route.between ?? [];
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <Select
        name="routes.hours"
        label={t('fields.route.hours')}
        placeholder={t('fields.route.always')}
        clearable
        clearButtonProps={{ 'aria-label': t('action.clear') }}
        data={hours}
        value={route.hours ?? null}
        error={mistake('hours')}
        onChange={(value) => onChange({ ...route, hours: value })}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} className="pair">
        <TagsInput
          name="routes.between"
          label={t('fields.route.between')}
          {...(between.length === 0 ? { placeholder: 'Mon-Fri 08:00-18:00' } : {})}
          acceptValueOnBlur
          splitChars={[';']}
          value={between}
          error={mistake('between')}
          onChange={(value) =>
            onChange({
              ...route,
              between: value.length === 0 ? null : value,
              timezone: value.length === 0 ? null : (route.timezone ?? own),
            })
          }
        />
        <Select
          name="routes.timezone"
          label={t('fields.route.timezone')}
          searchable
          disabled={between.length === 0}
          data={[...ZONES]}
          value={route.timezone ?? null}
          error={mistake('timezone')}
          onChange={(value) => onChange({ ...route, timezone: value })}
        />
      </SimpleGrid>
    </>
  );
}
