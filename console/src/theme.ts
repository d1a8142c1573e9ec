/** The look: quiet greys, one accent, small type, thin lines. */

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#eff1fd',
  '#dde1f9',
  '#b9c0f1',
  '#949fea',
  '#7581e3',
  '#616ede',
  '#525fd4',
  '#4650bd',
  '#3c45a8',
  '#313993',
];

/** Cooler and deeper than the usual ones, so that the accent and the states stand out. */
const dark: MantineColorsTuple = [
  '#d5d8e0',
  '#b3b8c4',
  '#9299a8',
  '#626a7a',
  '#3a4150',
  '#2b313d',
  '#222731',
  '#181c24',
  '#12151b',
  '#0c0e13',
];

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: { accent, dark },
  autoContrast: true,
  respectReducedMotion: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
    },
  },
  components: {
    Modal: { defaultProps: { centered: true } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true } },
    Table: { defaultProps: { verticalSpacing: 'xs' } },
  },
});

/** Mantine's dimmed text and placeholders are too faint for many eyes (WCAG 1.4.3). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5a6272',
    '--mantine-color-placeholder': '#6a7180',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-error': '#c92a2a',
    '--console-canvas': '#f6f7f9',
    '--console-line': '#e4e7ec',
    '--console-raised': '#ffffff',
  },
  dark: {
    '--mantine-color-dimmed': '#9aa2b1',
    '--mantine-color-placeholder': '#8a92a2',
    '--mantine-color-body': '#181c24',
    '--mantine-color-error': '#ff8787',
    '--console-canvas': '#12151b',
    '--console-line': '#2b313d',
    '--console-raised': '#181c24',
  },
});
