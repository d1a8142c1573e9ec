import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './console.css';
import './parts/data-table.css';
import './parts/form.css';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiFailure } from './api/client.ts';
import { startLanguages } from './i18n/index.ts';
import { ConfirmationProvider } from './parts/confirmation.tsx';
import { Console } from './shell/console.tsx';
import { Look } from './shell/look.tsx';

/** Of the page's policy: style elements that libraries make have to carry it. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
Object.assign(globalThis, { __webpack_nonce__: nonce });

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // Only what may be better the next time is asked again.
      retry: (count, error) => count < 2 && error instanceof ApiFailure && (error.status === 0 || error.status === 503),
    },
  },
});

await startLanguages();
createRoot(document.getElementById('console')!).render(
  <StrictMode>
    <Look nonce={nonce}>
      <QueryClientProvider client={client}>
        <Notifications position="bottom-center" />
        <ConfirmationProvider>
          <Console />
        </ConfirmationProvider>
      </QueryClientProvider>
    </Look>
  </StrictMode>,
);
