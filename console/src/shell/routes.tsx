/** Addresses and their pages; each page is loaded when it is first wanted. */

import { Anchor, Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Failure } from '../parts/failure.tsx';
import { Empty } from '../parts/page.tsx';
import { administrationRoutes } from './administration-routes.ts';
import { Frame } from './frame.tsx';

function NoSuchPage() {
  const { t } = useTranslation();
  return (
    <Empty
      icon={<IconMapQuestion size={40} stroke={1.3} />}
      title={t('page.notFound')}
      text={t('page.notFoundText')}
      action={
        <Anchor component={Link} to="/">
          {t('page.home')}
        </Anchor>
      }
    />
  );
}

/** Also where a page's script can't be loaded: after an update of the server its name has changed. */
function BrokenPage({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <>
      <Failure error={error} />
      <Button mt="md" variant="default" onClick={() => window.location.reload()}>
        {t('action.readAgain')}
      </Button>
    </>
  );
}

const root = createRootRoute({ component: Frame, notFoundComponent: NoSuchPage, errorComponent: BrokenPage });
const getParentRoute = () => root;

export type SearchText = Record<string, string | number | undefined>;
const words = (search: Record<string, unknown>): SearchText =>
  Object.fromEntries(
    Object.entries(search).filter((entry): entry is [string, string | number] =>
      ['string', 'number'].includes(typeof entry[1]),
    ),
  );

const routes = [
  createRoute({
    getParentRoute,
    path: '/',
    component: lazyRouteComponent(() => import('../dashboard/dashboard-page.tsx'), 'DashboardPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/callbacks',
    validateSearch: words,
    component: lazyRouteComponent(() => import('../callbacks/callbacks-page.tsx'), 'CallbacksPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/callbacks/$id',
    component: lazyRouteComponent(() => import('../callbacks/callback-page.tsx'), 'CallbackPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/recordings',
    component: lazyRouteComponent(() => import('../recordings/recordings-page.tsx'), 'RecordingsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/callback-rules',
    validateSearch: words,
    component: lazyRouteComponent(() => import('../rules/rules-page.tsx'), 'RulesPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/callback-rules/$name',
    component: lazyRouteComponent(() => import('../rules/rule-page.tsx'), 'RulePage'),
  }),
  createRoute({
    getParentRoute,
    path: '/new-callback-rule',
    validateSearch: words,
    component: lazyRouteComponent(() => import('../rules/rule-page.tsx'), 'NewRulePage'),
  }),
  createRoute({
    getParentRoute,
    path: '/inbound-numbers',
    component: lazyRouteComponent(() => import('../inbound-numbers/inbound-numbers-page.tsx'), 'InboundNumbersPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/trunks',
    component: lazyRouteComponent(() => import('../trunks/trunks-page.tsx'), 'TrunksPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/outgoing-rules',
    component: lazyRouteComponent(() => import('../outgoing-rules/outgoing-rules-page.tsx'), 'OutgoingRulesPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/extensions',
    component: lazyRouteComponent(() => import('../extensions/extensions-page.tsx'), 'ExtensionsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/flows',
    component: lazyRouteComponent(() => import('../flows/flows-page.tsx'), 'FlowsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/flows/$name',
    component: lazyRouteComponent(() => import('../flows/flow-page.tsx'), 'FlowPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/flows/$name/edit',
    component: lazyRouteComponent(() => import('../flows/flow-editor-page.tsx'), 'FlowEditorPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/new-flow',
    validateSearch: words,
    component: lazyRouteComponent(() => import('../flows/flow-editor-page.tsx'), 'NewFlowPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/limits',
    component: lazyRouteComponent(() => import('../limits/limits-page.tsx'), 'LimitsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/suppressions',
    component: lazyRouteComponent(() => import('../suppressions/suppressions-page.tsx'), 'SuppressionsPage'),
  }),
  ...administrationRoutes(getParentRoute),
  createRoute({
    getParentRoute,
    path: '/settings',
    component: lazyRouteComponent(() => import('../settings/settings-page.tsx'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/audit',
    component: lazyRouteComponent(() => import('../journal/journal-page.tsx'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/errors',
    component: lazyRouteComponent(() => import('../journal/journal-page.tsx'), 'ErrorsPage'),
  }),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  // Of the page alone: the menu stays, and leads away from what is broken.
  defaultErrorComponent: BrokenPage,
  defaultPreload: 'intent',
  defaultPendingMinMs: 0,
});
