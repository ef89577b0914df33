// Makes the demo incident, prints it as one line of JSON, and holds it until this process ends.
import { createJanitor } from './createJanitor.ts';
import { createDemoIncident } from './demoIncident.ts';

const janitor = createJanitor();
console.log(JSON.stringify(await createDemoIncident(janitor)));
setInterval(() => undefined, 60_000);
