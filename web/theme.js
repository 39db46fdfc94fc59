// @ts-check
/** Light or dark before anything is drawn: `?theme=`, else what was chosen, else the system's. */
{
  const asked = new URLSearchParams(location.search).get('theme');
  let theme = asked;
  try {
    theme ??= localStorage.getItem('theme');
  } catch {
    // storage is closed to this page: the system decides
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
}
