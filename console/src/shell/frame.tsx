/** What stands around every page. */

import { ActionIcon, AppShell, Box, Burger, Group, Menu, ScrollArea, Stack, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLock, IconLogout, IconUserCircle, IconUserCog } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLinkState, useLiveness } from '../api/live.ts';
import { useSession } from '../api/session.ts';
import { signOut } from '../api/sign-in.ts';
import { sayFailed } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { LanguageChoice, SchemeChoice } from './appearance.tsx';
import { focusContent, useKeptFocus } from './kept-focus.ts';
import { Mark } from './mark.tsx';
import { linkOf, mayOpen, NAVIGATION } from './navigation.ts';

const LINK_COLORS = { live: 'teal.6', connecting: 'yellow.6', lost: 'red.6' } as const;

function LiveMark() {
  const { t } = useTranslation();
  const state = useLinkState();
  return (
    <Tooltip label={t(`live.${state}`)}>
      <Group gap={6} role="status" c={LINK_COLORS[state]}>
        <span className="state-dot" data-moving={state === 'live' ? undefined : true} />
        <Text size="xs" c="dimmed" visibleFrom="xs">
          {t(`live.${state}`)}
        </Text>
      </Group>
    </Tooltip>
  );
}

function Account() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const username = useSession()?.username ?? '';
  const leave = () =>
    signOut()
      .catch((error: unknown) => sayFailed(t, error))
      // The next person in this tab is not to see what this one read.
      .finally(() => client.clear());
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('signIn.as', { name: username })}>
          <IconUserCircle size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('signIn.as', { name: username })}</Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCog size={16} />}>
          {t('account.title')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={leave}>
          {t('signIn.out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Navigation({ onGo }: { onGo: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const groups = NAVIGATION.map(({ title, links }) => ({
    title,
    links: links.filter((link) => mayOpen(link, session)),
  })).filter(({ links }) => links.length > 0);
  return (
    <Stack gap="lg" component="nav" aria-label={t('nav.label')}>
      {groups.map(({ title, links }) => (
        <Stack key={title} gap={2}>
          <Text size="xs" fw={600} c="dimmed" px={10} mb={2}>
            {t(`nav.${title}`)}
          </Text>
          {links.map(({ to, name, Icon }) => (
            <Link key={to} to={to} className="nav-link" activeOptions={{ exact: to === '/' }} onClick={onGo}>
              <Icon size={18} stroke={1.7} aria-hidden />
              {t(`nav.${name}`)}
            </Link>
          ))}
        </Stack>
      ))}
    </Stack>
  );
}

/** A page that is new to the eye has to be new to a screen reader too. The one that is loaded first is read by itself. */
function useFocusOnNewPage(path: string): void {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    window.scrollTo(0, 0);
    focusContent();
  }, [path]);
}

/** What the person's role does not allow is not even begun: a page full of refusals teaches nothing. */
function Shown() {
  const { t } = useTranslation();
  const session = useSession();
  const link = linkOf(useRouterState({ select: ({ location }) => location.pathname }));
  if (link === undefined || mayOpen(link, session)) return <Outlet />;
  const { permission = '' } = link;
  const why =
    session?.permissions?.length === 0
      ? t('page.noRole')
      : session?.permissions?.includes(permission) === true
        ? t('page.limited')
        : t('page.notYoursText', { permission });
  return (
    <Page title={t(`nav.${link.name}`)}>
      <Box className="panel">
        <Empty icon={<IconLock size={40} stroke={1.3} />} title={t('page.notYours')} text={why} />
      </Box>
    </Page>
  );
}

export function Frame() {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const link = linkOf(path);
  useLiveness();
  useKeptFocus();
  useFocusOnNewPage(path);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={0}
    >
      <a href="#content" className="skip">
        {t('nav.skip')}
      </a>
      <AppShell.Header style={{ borderColor: 'var(--console-line)' }}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? t('nav.close') : t('nav.open')}
              aria-expanded={opened}
            />
            <Mark />
            <Text fw={650} size="lg" style={{ letterSpacing: '-0.01em' }}>
              {t('product')}
            </Text>
          </Group>
          <Group gap={4} wrap="nowrap">
            <Box mr="xs">
              <LiveMark />
            </Box>
            <LanguageChoice />
            <SchemeChoice />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar component="div" p="sm" style={{ borderColor: 'var(--console-line)' }}>
        <AppShell.Section grow component={ScrollArea}>
          <Navigation onGo={close} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} aria-label={link === undefined ? undefined : t(`nav.${link.name}`)}>
        <Box p={{ base: 'md', sm: 'xl' }} maw={1480} mx="auto">
          <Shown />
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}
