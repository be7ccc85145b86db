/** What the person chose; `system` follows the device. */
export type Theme = 'system' | 'light' | 'dark';
export const themes: readonly Theme[] = ['system', 'light', 'dark'];
const key = 'wit.theme';

/** The theme kept on this device. */
export function keptTheme(): Theme {
  const kept = localStorage.getItem(key);
  return themes.find(theme => theme === kept) ?? 'system';
}

/** Keeps and shows a theme. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  applyTheme();
}

/** Shows the kept theme. */
export function applyTheme(): void {
  const theme = keptTheme();
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
