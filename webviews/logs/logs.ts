import '../shared/rpc/withoutEval.ts';

import { render } from 'lit';
import { getLogPage, logPageChanged } from '../../server/protocol/logPage.ts';
import { logChanged } from '../../server/protocol/logs.ts';
import { createAsk } from '../shared/rpc/ask.ts';
import { connectHost } from '../shared/rpc/connectHost.ts';
import { isField, pageKey, tableKey } from './keys.ts';
import { LogsPage } from './logsPage.ts';
import { pageView } from './pageView.ts';
import './logs.css';

// The page of a log. What is drawn around the table and the timeline is drawn again, once a frame at most, when anything
// of it changed; the table and the timeline draw themselves.

const host = connectHost();
const ask = createAsk(host);
const root = document.getElementById('root') ?? document.body;
let isDue = false;

function draw(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    render(pageView(page), root);
    page.timeline.show(page.data.histogram, page.memory.timeMode === 'utc');
  });
}

const page = new LogsPage(host, ask, draw);

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || isField(event.target)) return;
  const inTable = event.target === page.table.grid;
  if ((inTable && tableKey(page, event)) || pageKey(page, event)) event.preventDefault();
});
window.addEventListener('pagehide', () => page.keep());

host.connection.onNotification(logPageChanged.type, (state) => void page.travel.arrive(state));
host.connection.onNotification(logChanged.type, (summary) => page.model.grow(summary));
host.connection.listen();
draw();
ask(getLogPage, {}).then(
  (state) => page.travel.arrive(state),
  (error: unknown) => page.model.fail(error),
);
