import './zod-without-eval.ts';
import { render } from 'preact';
import { App } from './app.tsx';
import { browserEnv } from './client/env.ts';
import { createServices } from './client/services.ts';
import { applyTheme } from './client/theme.ts';
import './styles/tokens.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/stop.css';
import './styles/fleet.css';
import './styles/machine.css';
import './styles/panels.css';
import './styles/toolpath.css';
import './styles/site.css';
import './styles/small.css';

const services = createServices(browserEnv());
const wake = (): void => {
  if (document.visibilityState === 'hidden') return;
  services.live.wake();
  services.lane.wake();
};
document.addEventListener('visibilitychange', wake);
window.addEventListener('online', wake);
window.addEventListener('pageshow', wake);

applyTheme();
void services.session.restore();
const place = document.getElementById('app');
if (place) render(<App services={services} />, place);
