import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const noria: MantineColorsTuple = [
  "#e6f4f3",
  "#cfe7e5",
  "#a1d1ce",
  "#7fc4c0",
  "#4fb8b3",
  "#2c9a96",
  "#178482",
  "#0b6e6e",
  "#085b5b",
  "#054747",
];
const late: MantineColorsTuple = [
  "#fdecea",
  "#fad4d0",
  "#f6b3ad",
  "#f28b82",
  "#e46a60",
  "#d34d43",
  "#c2372d",
  "#b3261e",
  "#931c15",
  "#74130e",
];

const dark: MantineColorsTuple = [
  "#e8edf1",
  "#a9b6c0",
  "#93a1ad",
  "#5b6a77",
  "#43525f",
  "#2b3742",
  "#22303b",
  "#18222b",
  "#141c24",
  "#10171e",
];

/** The look of everything; `close` is what the cross of a window is called. */
export const themeOf = (close: string) =>
  createTheme({
    primaryColor: "noria",
    primaryShade: { light: 7, dark: 6 },
    colors: { noria, late, dark },
    fontFamily: "'Inter Variable', system-ui, sans-serif",
    fontFamilyMonospace: "ui-monospace, 'SFMono-Regular', Menlo, Consolas, monospace",
    fontSizes: { xs: "12px", sm: "14px", md: "14px", lg: "16px", xl: "20px" },
    defaultRadius: 6,
    respectReducedMotion: true,
    headings: { fontWeight: "600" },
    components: {
      Modal: {
        defaultProps: {
          centered: true,
          transitionProps: { duration: 0 },
          closeButtonProps: { "aria-label": close },
        },
      },
      Drawer: { defaultProps: { closeButtonProps: { "aria-label": close } } },
      Notification: { defaultProps: { closeButtonProps: { "aria-label": close } } },
      Menu: { defaultProps: { transitionProps: { duration: 0 } } },
      Tooltip: { defaultProps: { transitionProps: { duration: 0 } } },
    },
  });

/** Mantine's own names for what our tokens say (ui/noria.css). */
export const variables: CSSVariablesResolver = () => {
  const shared = {
    "--mantine-color-body": "var(--surface)",
    "--mantine-color-text": "var(--ink)",
    "--mantine-color-dimmed": "var(--ink-soft)",
    "--mantine-color-placeholder": "var(--ink-faint)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--canvas)",
    "--mantine-color-default-color": "var(--ink)",
    "--mantine-color-default-border": "var(--line-strong)",
    "--mantine-color-anchor": "var(--noria)",
    "--mantine-color-error": "var(--late)",
    "--mantine-line-height": "1.45",
  };
  return { variables: {}, light: shared, dark: shared };
};
