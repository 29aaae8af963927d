/** What must happen to a guest even where we are killed: a process of its own that waits for our end. */
import type { Host } from '../../host/types.js';

/**
 * Runs the script, as of `node -e`, with these arguments when this process ends without having
 * called the function that it gives.
 */
export async function shouldWeDie(
  host: Host,
  script: string,
  args: readonly string[],
  purpose: string,
): Promise<() => Promise<void>> {
  const pipe = await host.makePipe();
  try {
    const wait = 'read -r word <&3; [ "$word" = done ] || exec "$0" -e "$@"';
    await host.spawn(['/bin/sh', '-c', wait, process.execPath, script, ...args], {
      effect: 'change',
      detached: true,
      fds: [pipe.read],
      purpose,
    });
  } catch (error) {
    pipe.close('write');
    throw error;
  } finally {
    pipe.close('read');
  }
  return async () => {
    await host.bulk.write(pipe.write, Buffer.from('done\n'));
    pipe.close('write');
  };
}
