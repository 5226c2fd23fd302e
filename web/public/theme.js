// The chosen colours, before anything is drawn; kept by src/state/preferences.ts.
try {
  const kept = JSON.parse(localStorage.getItem(`hubbub:preferences:${location.pathname}`) ?? '{}');
  if (kept.theme === 'light' || kept.theme === 'dark') document.documentElement.dataset.theme = kept.theme;
} catch {
  // The browser forbids storage: the system's colours do.
}
