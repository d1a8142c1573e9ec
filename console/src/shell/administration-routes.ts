/** Addresses of the pages of administration, and of one's own account. */

import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

export function administrationRoutes<Parent extends AnyRoute>(getParentRoute: () => Parent) {
  return [
    createRoute({
      getParentRoute,
      path: '/users',
      component: lazyRouteComponent(() => import('../users/users-page.tsx'), 'UsersPage'),
    }),
    createRoute({
      getParentRoute,
      path: '/roles',
      component: lazyRouteComponent(() => import('../users/roles-page.tsx'), 'RolesPage'),
    }),
    createRoute({
      getParentRoute,
      path: '/api-keys',
      component: lazyRouteComponent(() => import('../api-keys/api-keys-page.tsx'), 'ApiKeysPage'),
    }),
    createRoute({
      getParentRoute,
      path: '/webhooks',
      component: lazyRouteComponent(() => import('../webhooks/webhooks-page.tsx'), 'WebhooksPage'),
    }),
    createRoute({
      getParentRoute,
      path: '/webhooks/$name',
      component: lazyRouteComponent(() => import('../webhooks/webhook-page.tsx'), 'WebhookPage'),
    }),
    createRoute({
      getParentRoute,
      path: '/cors-origins',
      component: lazyRouteComponent(() => import('../cors-origins/cors-origins-page.tsx'), 'CorsOriginsPage'),
    }),
    createRoute({
      getParentRoute,
      path: '/retention',
      component: lazyRouteComponent(() => import('../retention/retention-page.tsx'), 'RetentionPage'),
    }),
    createRoute({
      getParentRoute,
      path: '/account',
      component: lazyRouteComponent(() => import('../account/account-page.tsx'), 'AccountPage'),
    }),
  ];
}
