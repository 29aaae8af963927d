/** Plugs ports in or out as a guest's start and stop do: `plug <name> <bridge> <settings as JSON>`, `unplug <name>`. */
import { createHost } from '../../src/host/local.js';
import { plugPort, portProblem, unplugPort } from '../../src/network/port/index.js';

const host = createHost();
for (const line of process.argv.slice(2)) {
  const [verb, name, bridge, settings] = line.split(' ');
  if (verb === 'unplug') await unplugPort(host, name!);
  else {
    const port = { bridge: bridge!, ...JSON.parse(settings ?? '{}') };
    const problem = await portProblem(host, port);
    if (problem !== undefined) throw problem;
    await plugPort(host, name!, port);
  }
}
